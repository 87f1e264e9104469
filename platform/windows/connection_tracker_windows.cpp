#include "platform/windows/connection_tracker_windows.hpp"

#include <algorithm>
#include <set>

#include "platform/windows/tcp_table.hpp"

namespace jitgate {
namespace {

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

  Result<std::size_t> terminate(const std::vector<AllowKey>& of,
                                const std::function<bool(const Connection&)>& which) override {
    const auto connections = list(ports_of(of));
    if (!connections) return connections.error();
    std::vector<Connection> to_stop = udp_sources(of, which);
    std::size_t ended = to_stop.size();
    for (const Connection& one : *connections) {
      if (!which(one)) continue;
      ++ended;
      if (one.remote.family() == Family::ipv6 || !reset_tcp4(one)) to_stop.push_back(one);
    }
    if (const auto cut = backend_.cut(to_stop); !cut) return cut.error();
    return ended;
  }

  void watch(std::vector<TransportPort>, std::function<void()>) override {}

  /// No number of flows is known that Windows could not hold.
  Result<TrackerLoad> load() override {
    const auto connections = tcp_connections();
    if (!connections) return connections.error();
    return TrackerLoad{connections->size(), connections->size(), 0};
  }

 private:
  /// Windows lists no remote ends of UDP: all of a source is cut. A grant that is open wins over the cut wherever they
  /// overlap.
  static std::vector<Connection> udp_sources(const std::vector<AllowKey>& of,
                                             const std::function<bool(const Connection&)>& which) {
    std::vector<Connection> flows;
    for (const AllowKey& key : std::set(of.begin(), of.end())) {
      const Connection all{Transport::udp, AddressPrefix::any(key.source.family()), key.port.number, key.source, 0, 0};
      if (key.port.transport == Transport::udp && which(all)) flows.push_back(all);
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
