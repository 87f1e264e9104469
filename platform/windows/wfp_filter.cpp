#include "platform/windows/wfp_filter.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "agent/model/digest.hpp"

namespace jitgate::wfp {
namespace {

constexpr std::array kFamilies{Family::ipv4, Family::ipv6};

std::string text_of(const TransportPort& port) {
  return std::to_string(port.number.value()) + "/" + std::string(to_string(port.transport));
}

std::string text_of(Family family) {
  return family == Family::ipv4 ? "IPv4" : "IPv6";
}

/// The key says what the filter is for, so that the same lock gives the same filters at every start.
Filter named(Filter filter, std::string_view role, const std::string& of) {
  const char* lifetime = filter.lifetime == Lifetime::persistent ? "persistent"
                         : filter.lifetime == Lifetime::boot     ? "boot"
                                                                 : "dynamic";
  const std::string what = std::string(role) + " " + of;
  filter.name = "jitgate: " + what + (filter.lifetime == Lifetime::boot ? " (until the engine runs)" : "");
  filter.key = guid_of("jitgate wfp filter: " + what + ", " + text_of(filter.family) + ", " + lifetime);
  return filter;
}

/// The filters of one family, in the order in which they are added.
class FamilyFilters {
 public:
  FamilyFilters(const Lock& lock, Family family, bool hard) : lock_(lock), family_(family), hard_(hard) {
    for (const TransportPort& port : lock.ports)
      if (has_filter(port.transport)) ports_[port.transport].push_back(port.number.value());
  }

  std::vector<Filter> make() {
    if (ports_.empty()) return {};
    Filter loopback = permit(band::kLoopback);
    loopback.loopback = true;
    add_from_boot_on(loopback, "loopback", text_of(family_));
    for (const auto& [transport, ports] : ports_) {
      Filter kept = permit(band::kKeepEstablished);
      kept.transport = transport;
      kept.ports = ports;
      kept.reauthorized = true;
      kept.admitted_before = true;
      add(kept, "keep established", std::string(to_string(transport)));
    }
    for (const AddressPrefix& prefix : lock_.always_allow) always_allow(prefix);
    for (const TransportPort& port : lock_.ports)
      if (has_filter(port.transport)) lock_port(port);
    return std::move(filters_);
  }

 private:
  Filter permit(std::uint8_t weight) const {
    Filter filter;
    filter.family = family_;
    filter.lifetime = lock_.lifts_at ? Lifetime::dynamic : Lifetime::persistent;
    filter.verdict = Verdict::permit;
    filter.hard = hard_;
    filter.weight = weight;
    return filter;
  }

  void always_allow(const AddressPrefix& prefix) {
    if (prefix.family() != family_) return;
    for (const auto& [transport, ports] : ports_) {
      Filter filter = permit(band::kGrant);
      filter.transport = transport;
      filter.ports = ports;
      if (prefix.length() > 0) filter.remote = prefix;
      add_from_boot_on(filter, "always allow", prefix.to_string() + " " + std::string(to_string(transport)));
    }
  }

  void lock_port(const TransportPort& port) {
    Filter filter = permit(band::kLock);
    filter.transport = port.transport;
    filter.ports = {port.number.value()};
    if (lock_.deny == DenyAction::audit) {
      filter.hard = false;
      return add(filter, "audit", text_of(port));
    }
    filter.verdict = Verdict::block;
    filter.hard = false;
    add_from_boot_on(filter, "lock", text_of(port));
  }

  /// The flags exclude each other, so the time until the engine runs has a filter of its own.
  void add_from_boot_on(Filter filter, std::string_view role, const std::string& of) {
    add(filter, role, of);
    if (lock_.lifts_at || lock_.deny == DenyAction::audit) return;
    filter.lifetime = Lifetime::boot;
    add(std::move(filter), role, of);
  }

  void add(Filter filter, std::string_view role, const std::string& of) {
    filters_.push_back(named(std::move(filter), role, of));
  }

  const Lock& lock_;
  Family family_;
  bool hard_;
  std::map<Transport, std::vector<std::uint16_t>> ports_;
  std::vector<Filter> filters_;
};

}  // namespace

Guid guid_of(std::string_view text) {
  const Digest digest = sha256(text);
  Guid guid;
  std::copy_n(digest.bytes.begin(), guid.size(), guid.begin());
  guid[6] = static_cast<std::uint8_t>((guid[6] & 0x0f) | 0x80);
  guid[8] = static_cast<std::uint8_t>((guid[8] & 0x3f) | 0x80);
  return guid;
}

bool equal(const Filter& a, const Filter& b) {
  const auto all = [](const Filter& f) {
    return std::tie(f.key, f.family, f.lifetime, f.verdict, f.hard, f.weight, f.transport, f.ports, f.remote,
                    f.remote_port, f.reauthorized, f.admitted_before, f.loopback);
  };
  return all(a) == all(b);
}

bool has_filter(Transport transport) {
  return transport == Transport::tcp || transport == Transport::udp;
}

std::vector<Filter> lock_filters(const Lock& lock, bool hard) {
  std::vector<Filter> filters;
  for (const Family family : kFamilies)
    std::ranges::move(FamilyFilters(lock, family, hard).make(), std::back_inserter(filters));
  return filters;
}

Filter grant_filter(const AllowKey& key, bool hard) {
  Filter filter;
  filter.family = key.source.family();
  filter.lifetime = Lifetime::dynamic;
  filter.verdict = Verdict::permit;
  filter.hard = hard;
  filter.weight = band::kGrant;
  filter.transport = key.port.transport;
  filter.ports = {key.port.number.value()};
  if (key.source.length() > 0) filter.remote = key.source;
  return named(std::move(filter), "grant", key.source.to_string() + " " + text_of(key.port));
}

Filter cut_filter(const TransportPort& port, const AddressPrefix& remote, std::uint16_t remote_port) {
  Filter filter;
  filter.family = remote.family();
  filter.lifetime = Lifetime::dynamic;
  filter.verdict = Verdict::block;
  filter.weight = band::kCut;
  filter.transport = port.transport;
  filter.ports = {port.number.value()};
  if (remote.length() > 0) filter.remote = remote;
  filter.remote_port = remote_port;
  filter.reauthorized = true;
  return named(std::move(filter), "cut",
               remote.to_string() + " port " + std::to_string(remote_port) + " " + text_of(port));
}

std::vector<TransportPort> ports_locked_by(const std::vector<Filter>& filters) {
  std::map<TransportPort, int> families;
  for (const Filter& filter : filters) {
    // A boot-time filter denies nothing while the engine runs.
    const bool locks = filter.weight == band::kLock && filter.lifetime != Lifetime::boot && filter.transport &&
                       filter.ports.size() == 1;
    if (!locks) continue;
    if (const auto number = PortNumber::from(filter.ports.front())) ++families[{*filter.transport, *number}];
  }
  std::vector<TransportPort> locked;
  for (const auto& [port, count] : families)
    if (count == static_cast<int>(kFamilies.size())) locked.push_back(port);
  return locked;
}

}  // namespace jitgate::wfp
