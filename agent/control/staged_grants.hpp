#pragma once

#include <vector>

#include "agent/schedule/active_grants.hpp"

namespace jitgate {

/// What the store holds, made ready while it is still being read: ten thousand grants are indexed in the time that
/// reading them takes anyway. Has no effect on anything until GrantBook::restore() takes it over.
class StagedGrants {
 public:
  /// `clock` is borrowed. `ahead`: false when so much is different that each is to be judged by itself, as a record.
  StagedGrants(const Clock& clock, bool ahead) : clock_(clock), ahead_(ahead) {}

  void take(std::vector<GrantRecord> portion);
  /// Makes records of what is indexed. For what is known only after everything was read.
  void dissolve();

  /// Nothing but Initiated ports of this boot, which need no more than to be opened.
  [[nodiscard]] ActiveGrants& ready() { return ready_; }
  /// All others.
  [[nodiscard]] std::vector<GrantRecord>& others() { return others_; }

 private:
  [[nodiscard]] bool is_plain(const GrantRecord& record) const;

  const Clock& clock_;
  const bool ahead_;
  ActiveGrants ready_;
  std::vector<GrantRecord> others_;
};

}  // namespace jitgate
