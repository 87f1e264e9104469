#include "platform/windows/wfp_cuts.hpp"

#include <algorithm>
#include <utility>

namespace jitgate::wfp {
namespace {

constexpr Duration kTcpLasts = std::chrono::hours(24);
constexpr Duration kUdpLasts = std::chrono::hours(1);

/// One of a form that cut_filter() makes.
bool is_cut(const Filter& filter) {
  if (filter.weight != band::kCut || !filter.transport || filter.ports.size() != 1) return false;
  const auto number = PortNumber::from(filter.ports.front());
  if (!number) return false;
  const AddressPrefix remote = filter.remote.value_or(AddressPrefix::any(filter.family));
  return equal(filter, cut_filter({*filter.transport, *number}, remote, filter.remote_port));
}

}  // namespace

void Cuts::note(Filter filter, Transport transport) {
  const BootTime until = clock_.boot_now() + (transport == Transport::udp ? kUdpLasts : kTcpLasts);
  const Guid key = filter.key;
  made_.insert_or_assign(key, Cut{std::move(filter), until});
}

void Cuts::add(const std::vector<Connection>& flows) {
  for (const Connection& flow : flows)
    note(cut_filter({flow.transport, flow.local_port}, flow.remote, flow.remote_port), flow.transport);
}

void Cuts::adopt(const std::vector<Installed>& found) {
  for (const Installed& one : found)
    if (one.filter && is_cut(*one.filter) && !made_.contains(one.key)) note(*one.filter, *one.filter->transport);
}

void Cuts::keep_to(const Lock& lock) {
  std::erase_if(made_, [&lock](const auto& one) {
    const Filter& filter = one.second.filter;
    return lock.deny == DenyAction::audit || std::ranges::none_of(lock.ports, [&filter](const TransportPort& port) {
             return port.transport == filter.transport && port.number.value() == filter.ports.front();
           });
  });
}

std::vector<Filter> Cuts::standing() const {
  const BootTime now = clock_.boot_now();
  std::vector<Filter> filters;
  for (const auto& [key, cut] : made_)
    if (cut.until > now) filters.push_back(cut.filter);
  return filters;
}

bool Cuts::any_over() const {
  const BootTime now = clock_.boot_now();
  return std::ranges::any_of(made_, [now](const auto& one) { return one.second.until <= now; });
}

void Cuts::forget_over() {
  const BootTime now = clock_.boot_now();
  std::erase_if(made_, [now](const auto& one) { return one.second.until <= now; });
}

}  // namespace jitgate::wfp
