// Random histories of requests, failures, crashes, clock steps and foreign changes against what must always hold:
// nothing is more open than the policy and the unexpired grants say, and once errors stop everything is as it should
// be.
#include <map>
#include <random>

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr std::array kPorts{22, 80, 81};

class RandomHistory : public AgentRig {
 protected:
  void seed(std::uint32_t seed) { engine_.seed(seed); }
  int below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(engine_); }
  std::string peer() { return "203.0.113." + std::to_string(below(4)); }

  void begin_process() {
    make_process();
    // After every change of the kernel: no hole that no unexpired grant asked for.
    firewall().before_commit([this](const FirewallTransaction&) { check_holes(); });
    start();
  }

  void happen() {
    switch (below(16)) {
      case 0:
        return store().fail_next_commit(kDiskFull);
      case 1:
        return firewall().fail_next_commit(kKernelRefuses);
      case 2:
        return store().hold_commits();
      case 3:
        return release();
      case 4:
        return crash();
      case 5:
        return time().step_wall(std::chrono::seconds(below(600) - 300));
      case 6:
        return foreign();
      case 7:
        return revoke_one();
      case 8:
        return suspend();
      case 9:
      case 10:
        return pass(std::chrono::seconds(below(1'200)));
      default:
        return ask_for_one();
    }
  }

  /// Deadlines that the kernel was told anew, if it took them, make up for the sleep.
  void make_up_for_sleep() {
    if (agent().status().in_sync) untold_sleep_ = {};
  }

  void check_holes() {
    // A flush that is not mended yet, or the table that only tracks, before the first lock.
    if (!kernel_.has_table() || kernel_.only_tracks()) return;
    for (int host = 0; host < 4; ++host) {
      const auto source = "203.0.113." + std::to_string(host);
      for (const int number : kPorts) {
        if (!admits(source, number)) continue;
        const auto until = may_be_open_until_.find({source, number});
        ASSERT_NE(until, may_be_open_until_.end()) << source << ":" << number << " was never granted";
        ASSERT_GT(until->second, kernel_clock()) << source << ":" << number << " is open beyond every grant";
      }
    }
  }

  /// Errors end, and the daemon has its time: then the kernel holds exactly what is live.
  void check_settled() {
    release();
    kernel_.delete_entry(tcp_key("203.0.113.0", 22));
    firewall().announce();
    clock_.advance_wall(1h);  // in front of every time that was ever seen
    time().announce_clock_set();
    pass(3min);
    const auto status = agent().status();
    EXPECT_EQ(status.state, AgentState::enforcing) << (status.reasons.empty() ? "" : status.reasons[0]);
    EXPECT_TRUE(agent().settled());
    std::map<AllowKey, Duration> expected;
    for (const auto& [record, open, why_closed, cut] : call(agent().grants(administrator(), false)).value()) {
      EXPECT_TRUE(open) << why_closed;
      for (std::size_t i = 0; i < record.states.size(); ++i) {
        if (record.states[i].status != Status::initiated) continue;
        const auto& port = record.grant.ports[i];
        const auto left = std::min(port.end - clock_.wall_now(), record.states[i].boot_deadline - clock_.boot_now());
        auto& longest = expected[{port.source, {Transport::tcp, port.number}}];
        longest = std::max(longest, left);
      }
    }
    std::map<AllowKey, Duration> held;
    for (const auto& key : kernel_.open_keys()) held.emplace(key, *kernel_.left(key));
    EXPECT_EQ(held, expected);
    for (const auto& record : disk_.records()) {
      const auto* live = record.active() ? &record : nullptr;
      EXPECT_EQ(live != nullptr, is_live(record.grant.id)) << "the record and memory agree";
    }
  }

 private:
  /// The kernel's timers are late by what the machine slept, until it takes the daemon's correction.
  BootTime kernel_clock() const { return clock_.boot_now() - untold_sleep_; }
  bool is_live(const std::string& id) {
    const auto live = call(agent().grants(administrator(), false)).value();
    return std::ranges::any_of(live, [&](const GrantReceipt& one) { return one.record.grant.id == id; });
  }
  void release() {
    store().release_commits();
    poll();
  }
  void crash() {
    kill();
    clock_.advance(std::chrono::seconds(below(600)));
    begin_process();
  }
  void foreign() {
    if (below(2) == 0)
      kernel_.flush();
    else
      kernel_.delete_entry(tcp_key(peer(), kPorts[0]));
    firewall().announce();
    poll();
  }
  void suspend() {
    const auto slept = std::chrono::seconds(below(600));
    untold_sleep_ += slept;
    kernel_.suspend(slept);
    time().announce_clock_set();
  }
  void ask_for_one() {
    const auto source = peer();
    const int number = kPorts[static_cast<std::size_t>(below(3))];
    const auto length = std::chrono::seconds(60 + below(3'000));
    auto& until = may_be_open_until_[{source, number}];
    until = std::max(until, clock_.boot_now() + length);
    pending_.push_back(begin(agent().request(requester("r" + std::to_string(below(2))), ask(source, number, length))));
  }
  void revoke_one() {
    const auto live = begin(agent().grants(administrator(), false));
    if (!*live || (*live)->value().empty()) return;
    const auto& all = (*live)->value();
    const auto& victim = all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
    pending_.push_back(begin(agent().revoke(administrator(), victim.record.grant.id, below(2) == 0)));
  }

  std::mt19937 engine_;
  Duration untold_sleep_{};
  std::map<std::pair<std::string, int>, BootTime> may_be_open_until_;
  std::vector<std::shared_ptr<std::optional<Result<GrantReceipt>>>> pending_;
};

class AgentInvariants : public RandomHistory, public testing::WithParamInterface<int> {};

TEST_P(AgentInvariants, HoldInEveryHistory) {
  const auto seed_of_run = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed_of_run));
  seed(seed_of_run);
  begin_process();
  for (int i = 0; i < 250 && !HasFatalFailure(); ++i) {
    happen();
    make_up_for_sleep();
    check_holes();
  }
  check_settled();
}

INSTANTIATE_TEST_SUITE_P(, AgentInvariants, testing::Range(0, 40));

}  // namespace
}  // namespace jitgate
