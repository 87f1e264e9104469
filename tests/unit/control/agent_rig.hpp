#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/control/local_agent.hpp"
#include "tests/fake/fake_firewall.hpp"
#include "tests/fake/fake_inventory.hpp"
#include "tests/fake/fake_store.hpp"
#include "tests/fake/fake_time_events.hpp"
#include "tests/fake/fake_tracker.hpp"
#include "tests/fake/grant_builder.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {

/// One run of the daemon over the machine's kernel and disk. Destroying it is SIGKILL: nothing is told, nothing is
/// finished.
struct AgentProcess {
  AgentProcess(ManualClock& clock, FakeKernel& kernel, FakeTracker* tracker, const FakeStore& disk,
               const Config& config, const std::string& host_id, const std::string& fingerprint,
               const std::string& runtime_directory)
      : firewall(kernel, clock),
        store(disk, context.get_executor()),
        time(clock, [this] { poll(); }),
        agent({context.get_executor(),
               firewall,
               tracker,
               store,
               clock,
               time,
               host_id,
               fingerprint,
               runtime_directory,
               &sockets,
               {runtime_directory + "/nftables.conf"},
               port_number(22)},
              config) {}

  void poll() {
    context.restart();
    context.poll();
  }

  boost::asio::io_context context{1};
  FakeFirewall firewall;
  FakeStore store;
  FakeTimeEvents time;
  FakeInventory sockets;
  LocalAgent agent;
};

/// A machine with a LocalAgent over fakes. Ports: 22/TCP keep, 80/TCP terminate, 81/TCP and 500/* keepAtMost 8 h,
/// 53/UDP keep.
class AgentRig : public testing::Test {
 protected:
  AgentRig() {
    const auto with = [this](int number, Protocol protocol, OnExpiry on_expiry) {
      auto port = policy_port(number, protocol);
      port.on_expiry = on_expiry;
      config_.policy.ports.push_back(std::move(port));
    };
    with(22, Protocol::tcp, KeepEstablished{});
    with(80, Protocol::tcp, TerminateEstablished{});
    with(81, Protocol::tcp, KeepAtMost{std::chrono::hours(8)});
    with(53, Protocol::udp, KeepEstablished{});
    with(500, Protocol::any, KeepAtMost{std::chrono::hours(8)});
    config_.policy.always_allow = {prefix("192.0.2.10")};
    config_.state_directory = state_.path();
    // A rate is what its own test sets.
    config_.limits.requests_per_minute = 1'000'000;
    config_.limits.request_burst = 1'000'000;
  }

  static Caller requester(std::string name = "requester") {
    Caller caller{std::move(name), "uid 1000, pid 42", {}, 1000};
    caller.roles.add(Role::requester);
    return caller;
  }
  static Caller administrator() {
    Caller caller{"root", "uid 0, pid 43", {}, 0};
    caller.roles.add(Role::administrator);
    return caller;
  }
  static Caller approver(std::string name = "approver", std::uint32_t uid = 2000) {
    Caller caller{std::move(name), "uid " + std::to_string(uid) + ", pid 44", {}, uid};
    caller.roles.add(Role::approver);
    return caller;
  }
  static AccessRequest ask(std::string_view source, int number, Duration length,
                           std::optional<Protocol> protocol = std::nullopt) {
    return {{{port_number(number), protocol, {prefix(source)}, length}}, "INC-1234"};
  }

  /// Puts grants for 22/TCP from 10.0.0.1, 10.0.0.2, ... on the disk, as an earlier run would have left them. Returns
  /// their ids.
  std::vector<std::string> stock(int count, Duration length) {
    StoreChange change;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      const auto source = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
      ids.push_back("stock-" + std::to_string(i));
      change.add.push_back(
          make_record(clock_, ids.back(), {grant_port(22, Protocol::tcp, source, clock_.wall_now() + length)}));
    }
    boost::asio::co_spawn(disk_context_, disk_.commit(std::move(change)), boost::asio::detached);
    disk_context_.run();
    return ids;
  }

  /// A process that has not started yet: a test may make something fail first.
  AgentProcess& make_process() {
    process_.reset();
    process_ = std::make_unique<AgentProcess>(clock_, kernel_, tracker_ ? &*tracker_ : nullptr, disk_, config_,
                                              host_id_, fingerprint_, runtime_.path());
    return *process_;
  }
  void start() {
    if (!process_) make_process();
    agent().start();
    process_->poll();
  }
  void kill() { process_.reset(); }
  void restart() {
    kill();
    start();
  }
  void reboot(const std::string& boot_id) {
    kill();
    kernel_.reboot(boot_id);
    start();
  }

  LocalAgent& agent() { return process_->agent; }
  FakeFirewall& firewall() { return process_->firewall; }
  FakeStore& store() { return process_->store; }
  FakeTimeEvents& time() { return process_->time; }
  void poll() { process_->poll(); }
  /// Time passes, with everything that falls due on the way.
  void pass(Duration by) { process_->time.advance(by); }

  template <class T>
  static boost::asio::awaitable<void> keep_result(boost::asio::awaitable<T> call,
                                                  std::shared_ptr<std::optional<T>> done) {
    done->emplace(co_await std::move(call));
  }
  /// Begins a call; its result is there when it is through.
  template <class T>
  std::shared_ptr<std::optional<T>> begin(boost::asio::awaitable<T> call) {
    auto done = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(process_->context, keep_result<T>(std::move(call), done), boost::asio::detached);
    poll();
    return done;
  }
  /// A call that goes through without anything from outside.
  template <class T>
  T call(boost::asio::awaitable<T> awaited) {
    auto done = begin(std::move(awaited));
    if (!*done) throw std::logic_error("the call did not go through");
    return std::move(**done);
  }

  Result<GrantReceipt> request(std::string_view source, int number, Duration length, Caller caller = requester(),
                               std::optional<Protocol> protocol = std::nullopt) {
    return call(agent().request(std::move(caller), ask(source, number, length, protocol)));
  }
  std::string granted(std::string_view source, int number, Duration length) {
    return request(source, number, length).value().record.grant.id;
  }
  Result<GrantReceipt> revoke(const std::string& id, bool terminate = false) {
    return call(agent().revoke(requester(), id, terminate));
  }

  [[nodiscard]] bool admits(std::string_view source, TransportPort port) const {
    return kernel_.admits(prefix(source), port);
  }
  [[nodiscard]] bool admits(std::string_view source, int number) const { return admits(source, tcp(number)); }

  /// As the disk has it, in the state of this moment.
  [[nodiscard]] const GrantRecord& stored(const std::string& id) const {
    const auto& records = disk_.records();
    const auto found = std::ranges::find(records, id, [](const GrantRecord& record) { return record.grant.id; });
    if (found == records.end()) throw std::logic_error("not stored: " + id);
    return *found;
  }
  [[nodiscard]] StatusReason stored_reason(const std::string& id) const { return stored(id).states.at(0).reason; }
  /// The audit trail's operations with this outcome, oldest first.
  [[nodiscard]] std::vector<std::string> audited(const std::string& outcome = "Succeeded") const {
    std::vector<std::string> operations;
    for (const auto& event : disk_.audit_trail()) {
      if (event.outcome == outcome) operations.push_back(event.operation);
    }
    return operations;
  }
  [[nodiscard]] std::size_t count_audited(const std::string& operation,
                                          const std::string& outcome = "Succeeded") const {
    const auto all = audited(outcome);
    return static_cast<std::size_t>(std::ranges::count(all, operation));
  }
  static bool mentions(const std::vector<std::string>& reasons, std::string_view text) {
    return std::ranges::any_of(reasons,
                               [&](const std::string& reason) { return reason.find(text) != std::string::npos; });
  }

  static inline const Error kDiskFull = error(errc::store_failed, "the disk is full");
  static inline const Error kKernelRefuses = error(errc::firewall_failed, "Cannot allocate memory");
  static constexpr const char* kPeer = "203.0.113.7";
  static constexpr const char* kStranger = "198.51.100.66";

  ManualClock clock_;
  FakeKernel kernel_{clock_};
  std::optional<FakeTracker> tracker_{std::in_place};
  boost::asio::io_context disk_context_;
  FakeStore disk_{disk_context_.get_executor()};
  ScratchDirectory state_;
  ScratchDirectory runtime_;
  std::string host_id_ = "web-17";
  std::string fingerprint_ = "machine-a";
  Config config_;
  std::unique_ptr<AgentProcess> process_;
};

}  // namespace jitgate
