#include "platform/windows/connection_tracker_windows.hpp"

#include <algorithm>
#include <array>

#include "platform/windows/tcp_table.hpp"

namespace jitgate {
namespace {

constexpr Duration kTcpCutLasts = std::chrono::hours(24);  // longer than a peer goes on without an answer
constexpr Duration kUdpCutLasts = std::chrono::hours(1);   // flows are kept no longer than that in any case

/// The first and the last address of a prefix: where neither is meant, none is.
std::array<AddressPrefix, 2> ends_of(const AddressPrefix& prefix) {
  std::array<std::uint8_t, 16> last{};
  const auto first = prefix.bytes();
  std::ranges::copy(first, last.begin());
  for (unsigned bit = prefix.length(); bit < address_bits(prefix.family()); ++bit)
    last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | 0x80U >> bit % 8);
  const unsigned length = address_bits(prefix.family());
  return {AddressPrefix::of(first, length), AddressPrefix::of(std::span(last).first(first.size()), length)};
}

class WindowsTracker final : public ConnectionTracker {
 public:
  explicit WindowsTracker(WfpBackend& backend) : backend_(backend) {}

  Result<std::vector<Connection>> list(const std::vector<TransportPort>& ports) override {
    auto connections = tcp_connections();
    if (!connections) return connections.error();
    std::erase_if(*connections, [&](const Connection& one) {
      return std::ranges::find(ports, TransportPort{one.transport, one.local_port}) == ports.end();
    });
    return connections;
  }

  Result<std::size_t> seed(const std::vector<Connection>& connections) override { return connections.size(); }

  Result<std::size_t> terminate(const std::vector<TransportPort>& ports,
                                const std::function<bool(const Connection&)>& which) override {
    const auto connections = list(ports);
    if (!connections) return connections.error();
    std::size_t ended = 0;
    std::vector<Connection> to_stop;
    for (const Connection& one : *connections) {
      if (!which(one)) continue;
      ++ended;
      if (one.remote.family() == Family::ipv6 || !reset_tcp4(one)) to_stop.push_back(one);
    }
    if (const auto cut = backend_.cut(to_stop, kTcpCutLasts); !cut) return cut.error();
    const auto flows = udp_sources(ports, which);
    const bool of_udp = std::ranges::find(ports, Transport::udp, &TransportPort::transport) != ports.end();
    if (of_udp && flows.empty() && !backend_.knows_all_udp())
      return error(errc::unavailable, "not known yet which sources UDP was open for before this start", "cut UDP");
    if (const auto cut = backend_.cut(flows, kUdpCutLasts); !cut) return cut.error();
    return ended + flows.size();
  }

  void watch(std::vector<TransportPort>, std::function<void()>) override {}

  /// No number of flows is known that Windows could not hold.
  Result<TrackerLoad> load() override {
    const auto connections = tcp_connections();
    if (!connections) return connections.error();
    return TrackerLoad{connections->size(), connections->size(), 0};
  }

 private:
  /// Whole prefixes of grants that are over: a grant that is open wins over the cut wherever they overlap.
  std::vector<Connection> udp_sources(const std::vector<TransportPort>& ports,
                                      const std::function<bool(const Connection&)>& which) const {
    std::vector<Connection> flows;
    for (const AllowKey& key : backend_.closed_udp(ports)) {
      const AddressPrefix here = ends_of(AddressPrefix::any(key.source.family())).front();
      const auto meant = [&](const AddressPrefix& remote) {
        return which({Transport::udp, here, key.port.number, remote, 0, 0});
      };
      if (std::ranges::any_of(ends_of(key.source), meant))
        flows.push_back({Transport::udp, here, key.port.number, key.source, 0, 0});
    }
    return flows;
  }

  WfpBackend& backend_;
};

}  // namespace

std::unique_ptr<ConnectionTracker> make_windows_connection_tracker(WfpBackend& backend) {
  return std::make_unique<WindowsTracker>(backend);
}

}  // namespace jitgate
