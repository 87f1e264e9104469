#pragma once

#include <deque>
#include <future>
#include <string>
#include <vector>

#include "agent/store/grant_row.hpp"

namespace jitgate {

/// Rows that were read back.
struct RestoredGrants {
  std::vector<GrantRecord> records;
  std::vector<std::string> damaged;  ///< "ID: reason"
};

/// Makes records of rows while more rows are read. Each document is parsed and judged by itself, which takes as long as
/// reading the rows does: of many, other threads do it, where there can be any.
class RowRestorer {
 public:
  void add(GrantRow row);
  /// What became of all of them, in their order. The restorer is empty then.
  [[nodiscard]] RestoredGrants finish();

 private:
  void collect_oldest();

  std::vector<GrantRow> waiting_;
  std::deque<std::future<RestoredGrants>> under_way_;  ///< the oldest first
  RestoredGrants restored_;
};

}  // namespace jitgate
