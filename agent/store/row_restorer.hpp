#pragma once

#include <deque>
#include <future>
#include <string>
#include <vector>

#include "agent/store/grant_row.hpp"
#include "agent/store/grant_store.hpp"

namespace jitgate {

/// Makes records of rows while more rows are read. Each document is parsed and judged by itself, which takes as long as
/// reading the rows does: of many, other threads do it, where there can be any.
class RowRestorer {
 public:
  /// `take` is called by added() and finish().
  explicit RowRestorer(const TakeGrants& take) : take_(take) {}
  /// Where the next row is to be added. Valid until added() or finish().
  [[nodiscard]] GrantRows& rows() { return waiting_; }
  /// One was.
  void added();
  /// Gives away what is left; returns what cannot be read, "ID: reason" each. Nothing is to be added afterwards.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  struct Restored {
    std::vector<GrantRecord> records;
    std::vector<std::string> damaged;
    GrantRows emptied;  ///< to be filled again
  };

  static Restored restore(GrantRows rows);
  [[nodiscard]] bool oldest_is_ready() const;
  void give_oldest();
  void give(Restored restored);

  const TakeGrants& take_;
  GrantRows waiting_;
  std::vector<GrantRows> emptied_;
  std::deque<std::future<Restored>> under_way_;  ///< the oldest first
  std::vector<std::string> damaged_;
};

}  // namespace jitgate
