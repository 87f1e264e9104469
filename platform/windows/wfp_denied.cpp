#include "platform/windows/wfp_denied.hpp"

#include <utility>

namespace jitgate::wfp {

Result<void> DeniedTotals::start(Engine& engine) {
  auto counter = count_denials(engine);
  if (!counter) return counter.error();
  counter_ = std::move(*counter);
  return {};
}

void DeniedTotals::stop() {
  take();
  counter_.reset();
  seen_.clear();
}

void DeniedTotals::observe(std::map<std::uint64_t, TransportPort> ports) {
  take();
  ports_ = std::move(ports);
}

DenyCounter DeniedTotals::totals() {
  take();
  return totals_;
}

void DeniedTotals::take() {
  if (!counter_) return;
  for (const auto& [id, count] : counter_->counts()) {
    const auto port = ports_.find(id);
    if (port == ports_.end()) continue;
    const std::uint64_t more = count - std::exchange(seen_[id], count);
    totals_.packets += more;
    if (more > 0) totals_.ports[port->second] += more;
  }
}

}  // namespace jitgate::wfp
