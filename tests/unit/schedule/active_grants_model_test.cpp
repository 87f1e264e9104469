// Random histories against an oracle that keeps a plain list and recomputes everything each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "agent/schedule/active_grants.hpp"
#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

const std::vector<std::string> kSources{"203.0.113.7", "203.0.113.8", "203.0.113.0/24", "2001:db8::1", "2001:db8::/56"};

/// One port of a grant, as naively as can be.
struct Naive {
  GrantPortRef ref;
  GrantPort port;
  WallTime start;
  BootTime boot_deadline;
  bool begun = false;
  bool closed = false;
  BootTime closes_at;
};

class Model {
 public:
  explicit Model(std::uint32_t seed) : engine_(seed) {}

  void step() {
    switch (below(6)) {
      case 0:
      case 1:
        return add();
      case 2:
        return end();
      case 3:
        return pass(std::chrono::seconds(below(4'000)));
      case 4:
        return set_wall();
      default:
        return suspend();
    }
  }

  void check() const {
    std::vector<AllowKey> expected;
    for (const auto& [key, until] : open()) {
      expected.push_back(key);
      ASSERT_EQ(active_.open_until(key), until) << key.source.to_string();
    }
    auto keys = active_.open_keys();
    std::ranges::sort(keys);
    ASSERT_EQ(keys, expected);
    ASSERT_EQ(active_.next_event(), next_event());
    for (const auto& text : kSources) {
      for (const int number : {22, 53}) check_admits(prefix(text), tcp(number));
    }
  }

 private:
  int below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(engine_); }

  void check_admits(const AddressPrefix& source, TransportPort port) const {
    bool covered = false;
    for (const auto& [key, until] : open()) covered = covered || (key.port == port && key.source.contains(source));
    ASSERT_EQ(active_.admits(source, port), covered) << source.to_string();
  }

  std::map<AllowKey, BootTime> open() const {
    std::map<AllowKey, BootTime> keys;
    for (const auto& naive : ports_) {
      if (!naive.begun || naive.closed) continue;
      for (const auto& key : allow_keys(naive.port)) {
        auto& until = keys.try_emplace(key, naive.closes_at).first->second;
        until = std::max(until, naive.closes_at);
      }
    }
    return keys;
  }

  std::optional<BootTime> next_event() const {
    std::optional<BootTime> next;
    for (const auto& naive : ports_) {
      if (naive.closed) continue;
      auto at = naive.closes_at;
      if (!naive.begun) at = std::min(at, clock_.boot_now() + (naive.start - clock_.wall_now()));
      if (!next || at < *next) next = at;
    }
    return next;
  }

  void add() {
    const auto id = "g" + std::to_string(++last_id_);
    const auto now = clock_.wall_now();
    std::vector<GrantPort> ports;
    for (int i = below(3); i >= 0; --i) {
      ports.push_back(grant_port(below(2) == 0 ? 22 : 53, static_cast<Protocol>(below(3)),
                                 kSources[static_cast<std::size_t>(below(5))],
                                 now + std::chrono::seconds(1 + below(9'000))));
    }
    auto record = make_record(clock_, id, ports);
    if (below(3) == 0) record.grant.start = now + std::chrono::seconds(below(3'000));
    for (std::size_t i = 0; i < ports.size(); ++i) {
      ports_.push_back({{id, i}, ports[i], record.grant.start, record.states[i].boot_deadline, false, false, {}});
    }
    active_.add(std::move(record), now, clock_.boot_now());
    recompute();
    advance();
  }

  void end() {
    if (ports_.empty()) return;
    const auto victim = ports_.begin() + below(static_cast<int>(ports_.size()));
    end(*victim);
    ports_.erase(victim);
  }

  void end(const Naive& victim) {
    PortState state;
    state.status = Status::revoked;
    state.ended_at = clock_.wall_now();
    active_.end(victim.ref, state);
  }

  void pass(Duration by) {
    clock_.advance(by);
    advance();
  }

  void set_wall() {
    clock_.advance_wall(std::chrono::seconds(below(6'000) - 3'000));
    retime();
  }

  void suspend() {
    clock_.advance(std::chrono::seconds(below(3'000)));
    retime();
  }

  void retime() {
    active_.retime(clock_.wall_now(), clock_.boot_now());
    recompute();
    advance();
  }

  /// Deadlines follow the wall clock only when told that it was set.
  void recompute() {
    for (auto& naive : ports_) {
      if (naive.closed) continue;
      naive.closes_at = std::min(clock_.boot_now() + (naive.port.end - clock_.wall_now()), naive.boot_deadline);
    }
  }

  void advance() {
    auto closed = active_.advance(clock_.boot_now()).closed;
    std::ranges::sort(closed);
    std::vector<GrantPortRef> expected;
    for (auto& naive : ports_) {
      if (naive.closed) continue;
      naive.closed = naive.closes_at <= clock_.boot_now();
      naive.begun = naive.begun || (!naive.closed && naive.start <= clock_.wall_now());
      if (naive.closed) expected.push_back(naive.ref);
    }
    std::ranges::sort(expected);
    ASSERT_EQ(closed, expected);
    // As the grant book does: what has closed is ended at once.
    for (const auto& naive : ports_) {
      if (naive.closed) end(naive);
    }
    std::erase_if(ports_, [](const Naive& naive) { return naive.closed; });
  }

  std::mt19937 engine_;
  ManualClock clock_;
  ActiveGrants active_;
  std::vector<Naive> ports_;
  int last_id_ = 0;
};

TEST(ActiveGrantsModel, AgreesWithANaiveList) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (std::uint32_t history = 0; history < 200; ++history) {
    Model model(seed + history);
    for (int i = 0; i < 120; ++i) {
      model.step();
      model.check();
      if (testing::Test::HasFatalFailure()) FAIL() << "history " << history << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace jitgate
