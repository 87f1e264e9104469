#include "agent/control/port_activity.hpp"

#include <set>

namespace jitgate {
namespace {

constexpr std::int64_t kLongestStart = std::chrono::hours(std::chrono::days(30)).count();

std::int64_t hour_of(WallTime time) {
  return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
}

std::int64_t first_hour(WallTime now) {
  return hour_of(now) - std::chrono::floor<std::chrono::hours>(PortActivity::kPeriod).count();
}

}  // namespace

void PortActivity::add(const GrantRecord& record) {
  std::set<Port> seen;
  for (const auto& port : record.grant.ports) {
    // A request for two sources on one port is one.
    if (!seen.emplace(port.number, port.protocol).second) continue;
    add(PortUse{port.number, port.protocol, record.source, 1, record.grant.start, record.grant.requestor});
  }
  // What is granted may start as much later as a grant may last.
  forget_before(first_hour(record.grant.start) - kLongestStart);
}

void PortActivity::add(const PortUse& use) {
  auto& hour = hours_[{use.number, use.protocol}][hour_of(use.last)];
  if (use.source != kUnlockSource) hour.requests += use.grants;
  if (use.last < hour.last) return;
  hour.last = use.last;
  hour.user = use.requestor;
}

void PortActivity::forget_before(std::int64_t hour) {
  for (auto& [port, hours] : hours_) hours.erase(hours.begin(), hours.lower_bound(hour));
  std::erase_if(hours_, [](const auto& port) { return port.second.empty(); });
}

PortActivity::Summary PortActivity::of(PortNumber number, Protocol protocol, WallTime now) const {
  Summary summary;
  for (const auto& [port, hours] : hours_) {
    if (port.first != number || !contains(protocol, port.second)) continue;
    for (auto hour = hours.lower_bound(first_hour(now)); hour != hours.end(); ++hour) {
      summary.approved_requests += hour->second.requests;
      if (summary.last_access && hour->second.last < *summary.last_access) continue;
      summary.last_access = hour->second.last;
      summary.last_user = hour->second.user;
    }
  }
  return summary;
}

}  // namespace jitgate
