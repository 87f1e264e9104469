#include "platform/linux/connection_tracker_linux.hpp"

#include <utility>

#include "platform/linux/connection_local_route.hpp"
#include "platform/linux/connection_seeder.hpp"
#include "platform/linux/connection_sentinel.hpp"
#include "platform/linux/connection_terminator.hpp"
#include "platform/linux/conntrack_events.hpp"
#include "platform/linux/conntrack_table.hpp"
#include "platform/linux/sock_diag.hpp"

namespace jitgate {
namespace {

class LinuxConnectionTracker final : public ConnectionTracker {
 public:
  LinuxConnectionTracker(SockDiag sockets, ConntrackTable table, LocalRoute routes,
                         std::unique_ptr<ConntrackEvents> events)
      : sockets_(std::move(sockets)),
        table_(std::move(table)),
        routes_(std::move(routes)),
        events_(std::move(events)) {}

  ~LinuxConnectionTracker() override {
    if (watching_) remove_sentinel(table_);
  }
  LinuxConnectionTracker(const LinuxConnectionTracker&) = delete;
  LinuxConnectionTracker& operator=(const LinuxConnectionTracker&) = delete;

  Result<std::vector<Connection>> list(const std::vector<TransportPort>& ports) override { return seeder_.list(ports); }

  Result<std::size_t> seed(const std::vector<Connection>& connections) override { return seeder_.seed(connections); }

  Result<std::size_t> terminate(const std::vector<AllowKey>& of,
                                const std::function<bool(const Connection&)>& which) override {
    return ConnectionTerminator(sockets_, table_, routes_, terminated_, ports_of(of), which).run();
  }

  void watch(std::vector<TransportPort> ports, std::function<void()> on_lost) override {
    watching_ = true;
    plant_sentinel(table_);
    ports.push_back(sentinel_port());
    events_->watch(std::move(ports), table_.port_id(), [this, lost = std::move(on_lost)] {
      plant_sentinel(table_);
      lost();
    });
  }

  Result<TrackerLoad> load() override {
    const Result<TrackingCounters> counters = table_.counters();
    if (!counters) return counters.error();
    const Result<std::uint64_t> established = sockets_.count_tcp();
    if (!established) return established.error();
    return TrackerLoad{counters->entries, *established, counters->maximum};
  }

 private:
  SockDiag sockets_;
  ConntrackTable table_;
  LocalRoute routes_;
  std::unique_ptr<ConntrackEvents> events_;
  bool watching_ = false;
  TerminatedSockets terminated_;
  ConnectionSeeder seeder_{sockets_, table_, terminated_};
};

}  // namespace

Result<std::unique_ptr<ConnectionTracker>> make_linux_connection_tracker(boost::asio::io_context& context) {
  Result<SockDiag> sockets = SockDiag::open();
  if (!sockets) return sockets.error();
  Result<ConntrackTable> table = ConntrackTable::open();
  if (!table) return table.error();
  Result<LocalRoute> routes = LocalRoute::open();
  if (!routes) return routes.error();
  Result<std::unique_ptr<ConntrackEvents>> events = open_conntrack_events(context);
  if (!events) return events.error();
  return std::unique_ptr<ConnectionTracker>(std::make_unique<LinuxConnectionTracker>(
      std::move(*sockets), std::move(*table), std::move(*routes), std::move(*events)));
}

}  // namespace jitgate
