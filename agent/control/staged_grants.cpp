#include "agent/control/staged_grants.hpp"

#include <algorithm>
#include <utility>

namespace jitgate {

void StagedGrants::take(std::vector<GrantRecord> portion) {
  for (GrantRecord& record : portion) {
    if (ahead_ && is_plain(record)) {
      (void)ready_.add(std::move(record), clock_.wall_now(), clock_.boot_now());
    } else {
      others_.push_back(std::move(record));
    }
  }
}

bool StagedGrants::is_plain(const GrantRecord& record) const {
  return !record.pending() && std::ranges::all_of(record.states, [this](const PortState& state) {
    return state.status == Status::initiated && !state.cut_pending && state.boot_id == clock_.boot_id();
  });
}

void StagedGrants::dissolve() {
  std::vector<std::string> ids;
  ready_.for_each([&ids](const GrantRecord& record) { ids.push_back(record.grant.id); });
  for (const std::string& id : ids) others_.push_back(ready_.remove(id));
}

}  // namespace jitgate
