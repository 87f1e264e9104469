#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "platform/connection_tracker.hpp"

namespace jitgate {

/// The connections of one machine: sockets, and what connection tracking knows of them. Outlives the process that looks
/// at it.
class FakeTracker final : public ConnectionTracker {
 public:
  /// Somebody connects, and tracking knows it (a lock stands). Returns the socket's cookie.
  std::uint64_t connect(Transport transport, const AddressPrefix& remote, PortNumber port) {
    const auto cookie = ++last_cookie_;
    connections_.push_back({transport, AddressPrefix::parse("192.0.2.1").value(), port, remote,
                            static_cast<std::uint16_t>(40000 + cookie), cookie});
    tracked_.insert(cookie);
    return cookie;
  }
  [[nodiscard]] bool alive(std::uint64_t cookie) const {
    return std::ranges::any_of(connections_, [cookie](const Connection& c) { return c.cookie == cookie; });
  }
  /// Tracking knows it as established, so that the lock lets it pass.
  [[nodiscard]] bool tracked(std::uint64_t cookie) const { return tracked_.contains(cookie); }

  /// conntrack -F; announce() tells of it.
  void flush() { tracked_.clear(); }
  void announce() {
    if (on_lost_) on_lost_();
  }

  void fail_list(std::optional<Error> failure) { list_failure_ = std::move(failure); }
  void fail_seed(std::optional<Error> failure) { seed_failure_ = std::move(failure); }
  void fail_terminate(std::optional<Error> failure) { terminate_failure_ = std::move(failure); }
  void set_load(TrackerLoad load) { load_ = load; }
  [[nodiscard]] std::size_t terminate_calls() const { return terminate_calls_; }
  /// What the last of these calls was told to look among. It matters where a system lists no remote ends; here all are.
  [[nodiscard]] const std::vector<AllowKey>& last_terminated() const { return last_terminated_; }
  /// Told of every call: "list", "seed", "terminate".
  void journal(std::function<void(const char*)> journal) { journal_ = std::move(journal); }

  Result<std::vector<Connection>> list(const std::vector<TransportPort>& ports) override {
    if (journal_) journal_("list");
    if (list_failure_) return *list_failure_;
    std::vector<Connection> found;
    for (const auto& connection : connections_) {
      if (on(ports, connection)) found.push_back(connection);
    }
    return found;
  }
  Result<std::size_t> seed(const std::vector<Connection>& connections) override {
    if (journal_) journal_("seed");
    if (seed_failure_) return *seed_failure_;
    std::size_t inserted = 0;
    for (const auto& connection : connections) inserted += tracked_.insert(connection.cookie).second ? 1 : 0;
    return inserted;
  }
  Result<std::size_t> terminate(const std::vector<AllowKey>& of,
                                const std::function<bool(const Connection&)>& which) override {
    ++terminate_calls_;
    last_terminated_ = of;
    if (journal_) journal_("terminate");
    if (terminate_failure_) return *terminate_failure_;
    const auto ports = ports_of(of);
    return std::erase_if(connections_, [&](const Connection& connection) {
      if (!on(ports, connection) || !which(connection)) return false;
      tracked_.erase(connection.cookie);
      return true;
    });
  }
  void watch(std::vector<TransportPort> ports, std::function<void()> on_lost) override {
    watched_ = std::move(ports);
    on_lost_ = std::move(on_lost);
  }
  [[nodiscard]] const std::vector<TransportPort>& watched() const { return watched_; }
  Result<TrackerLoad> load() override { return load_; }

 private:
  static bool on(const std::vector<TransportPort>& ports, const Connection& connection) {
    return std::ranges::find(ports, TransportPort{connection.transport, connection.local_port}) != ports.end();
  }

  std::vector<Connection> connections_;
  std::set<std::uint64_t> tracked_;
  std::uint64_t last_cookie_ = 0;
  std::vector<TransportPort> watched_;
  std::function<void()> on_lost_;
  std::function<void(const char*)> journal_;
  std::optional<Error> list_failure_;
  std::optional<Error> seed_failure_;
  std::optional<Error> terminate_failure_;
  TrackerLoad load_{10, 10, 262'144};
  std::size_t terminate_calls_ = 0;
  std::vector<AllowKey> last_terminated_;
};

}  // namespace jitgate
