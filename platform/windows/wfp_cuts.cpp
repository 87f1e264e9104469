#include "platform/windows/wfp_cuts.hpp"

#include <algorithm>
#include <utility>

namespace jitgate::wfp {

Cuts::Cuts(const Clock& clock, Duration probe_period, std::function<void(std::string reason)> on_lost)
    : clock_(clock), filters_({clock, probe_period, std::move(on_lost), false}) {}

void Cuts::forget_what_is_over() {
  const BootTime now = clock_.boot_now();
  std::erase_if(made_, [now](const auto& one) { return one.second.until <= now; });
}

Result<void> Cuts::make(const std::vector<TimedFilter>& cuts) {
  forget_what_is_over();
  for (const TimedFilter& cut : cuts) made_.insert_or_assign(cut.filter.key, cut);
  return restore();
}

Result<void> Cuts::restore() {
  forget_what_is_over();
  if (made_.empty()) return {};
  std::vector<TimedFilter> all;
  for (const auto& [key, cut] : made_) all.push_back(cut);
  return filters_.change(all, {}, false);
}

bool Cuts::complete() {
  forget_what_is_over();
  // One whose time is just over may be gone already.
  const BootTime soon = clock_.boot_now() + std::chrono::seconds(1);
  return std::ranges::all_of(made_,
                             [&](const auto& one) { return one.second.until <= soon || filters_.holds(one.first); });
}

void Cuts::close() {
  made_.clear();
  filters_.close();
}

}  // namespace jitgate::wfp
