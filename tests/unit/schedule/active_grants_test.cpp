#include "agent/schedule/active_grants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const char* const kPeer = "203.0.113.7";

class ActiveGrantsTest : public testing::Test {
 protected:
  GrantRecord record(std::string id, const char* source, Duration length, Protocol protocol = Protocol::tcp) {
    return make_record(clock_, std::move(id), {grant_port(22, protocol, source, clock_.wall_now() + length)});
  }
  ActiveGrants::Changes add(GrantRecord record) {
    return active_.add(std::move(record), clock_.wall_now(), clock_.boot_now());
  }
  ActiveGrants::Changes advance(Duration by) {
    clock_.advance(by);
    return active_.advance(clock_.boot_now());
  }
  ActiveGrants::Changes retime() { return active_.retime(clock_.wall_now(), clock_.boot_now()); }
  ActiveGrants::Changes revoke(const std::string& id) {
    auto state = active_.find(id)->states[0];
    state.status = Status::revoked;
    state.reason = StatusReason::user_requested;
    state.ended_at = clock_.wall_now();
    return active_.end({id, 0}, state);
  }
  /// How long the key is still to be open.
  std::optional<Duration> left(const AllowKey& key) const {
    const auto until = active_.open_until(key);
    return until ? std::optional(*until - clock_.boot_now()) : std::nullopt;
  }
  bool admits(std::string_view source) const { return active_.admits(prefix(source), tcp(22)); }

  ManualClock clock_;
  ActiveGrants active_;
  const AllowKey key_ = tcp_key(kPeer, 22);
};

TEST_F(ActiveGrantsTest, OpensWhatStartsNowUntilItsEnd) {
  EXPECT_THAT(add(record("g", kPeer, 1h)).keys, UnorderedElementsAre(key_));
  EXPECT_EQ(left(key_), 1h);
  EXPECT_EQ(active_.next_event(), clock_.boot_now() + 1h);
  EXPECT_THAT(advance(1h - 1ns).keys, IsEmpty());
  EXPECT_EQ(left(key_), 1ns);
  const auto changes = advance(1ns);
  EXPECT_THAT(changes.keys, UnorderedElementsAre(key_));
  EXPECT_THAT(changes.closed, UnorderedElementsAre(GrantPortRef{"g", 0}));
  EXPECT_EQ(left(key_), std::nullopt);
  EXPECT_EQ(active_.next_event(), std::nullopt);
}

TEST_F(ActiveGrantsTest, KeepsAnExpiredGrantUntilItsEndIsTold) {
  add(record("g", kPeer, 1h));
  advance(1h);
  ASSERT_NE(active_.find("g"), nullptr);
  EXPECT_TRUE(active_.find("g")->active());
  EXPECT_THAT(revoke("g").keys, IsEmpty()) << "closed already";
  EXPECT_EQ(active_.find("g"), nullptr);
}

TEST_F(ActiveGrantsTest, NeverOpensOneWhoseEndHasPassed) {
  auto late = record("g", kPeer, 1h);
  clock_.advance(2h);
  EXPECT_THAT(add(std::move(late)).keys, IsEmpty());
  EXPECT_EQ(left(key_), std::nullopt);
  EXPECT_THAT(advance(0s).closed, UnorderedElementsAre(GrantPortRef{"g", 0}));
}

TEST_F(ActiveGrantsTest, StaysClosedUntilAFutureStart) {
  auto later = record("g", kPeer, 2h);
  later.grant.start = clock_.wall_now() + 1h;
  EXPECT_THAT(add(later).keys, IsEmpty());
  EXPECT_EQ(active_.next_event(), clock_.boot_now() + 1h);
  EXPECT_FALSE(admits(kPeer));
  EXPECT_THAT(advance(1h).keys, UnorderedElementsAre(key_));
  EXPECT_EQ(left(key_), 1h);
  EXPECT_THAT(advance(1h).closed, UnorderedElementsAre(GrantPortRef{"g", 0}));
}

TEST_F(ActiveGrantsTest, PassesOverAWindowThatIsOverWhenLookedAt) {
  auto later = record("g", kPeer, 2h);
  later.grant.start = clock_.wall_now() + 1h;
  add(later);
  const auto changes = advance(5h);
  EXPECT_EQ(left(key_), std::nullopt);
  EXPECT_THAT(changes.closed, UnorderedElementsAre(GrantPortRef{"g", 0})) << "told once";
  EXPECT_EQ(active_.next_event(), std::nullopt);
}

TEST_F(ActiveGrantsTest, AShorterGrantInsideALongerOneChangesNothing) {
  add(record("long", kPeer, 2h));
  add(record("short", kPeer, 1h));
  EXPECT_EQ(left(key_), 2h);
  EXPECT_THAT(advance(1h).closed, UnorderedElementsAre(GrantPortRef{"short", 0}));
  EXPECT_EQ(left(key_), 1h);
  revoke("short");
  EXPECT_EQ(left(key_), 1h);
}

TEST_F(ActiveGrantsTest, TheLongerOnesEndFallsBackToTheShorters) {
  add(record("long", kPeer, 2h));
  add(record("short", kPeer, 1h));
  EXPECT_THAT(revoke("long").keys, UnorderedElementsAre(key_));
  EXPECT_EQ(left(key_), 1h);
}

TEST_F(ActiveGrantsTest, EqualEndsAreCountedApart) {
  add(record("a", kPeer, 1h));
  add(record("b", kPeer, 1h));
  revoke("a");
  EXPECT_EQ(left(key_), 1h);
  revoke("b");
  EXPECT_EQ(left(key_), std::nullopt);
}

TEST_F(ActiveGrantsTest, AWiderPrefixIsAnEntryOfItsOwn) {
  add(record("host", kPeer, 1h));
  add(record("net", "203.0.113.0/24", 2h));
  EXPECT_TRUE(admits("203.0.113.99"));
  EXPECT_THAT(advance(1h).closed, UnorderedElementsAre(GrantPortRef{"host", 0}));
  EXPECT_TRUE(admits(kPeer)) << "by the wider one";
  revoke("net");
  EXPECT_FALSE(admits(kPeer));
}

TEST_F(ActiveGrantsTest, TheHostStaysWhenTheWiderOneEnds) {
  add(record("host", kPeer, 2h));
  add(record("net", "203.0.113.0/24", 1h));
  advance(1h);
  EXPECT_TRUE(admits(kPeer));
  EXPECT_FALSE(admits("203.0.113.99"));
}

TEST_F(ActiveGrantsTest, AnyProtocolOpensEveryTransport) {
  EXPECT_EQ(add(record("g", kPeer, 1h, Protocol::any)).keys.size(), transports(Protocol::any).size());
  add(record("tcp", kPeer, 2h));
  EXPECT_EQ(left(key_), 2h);
  EXPECT_EQ(left({prefix(kPeer), udp(22)}), 1h);
  revoke("g");
  EXPECT_EQ(left(key_), 2h);
  EXPECT_EQ(left({prefix(kPeer), udp(22)}), std::nullopt);
}

TEST_F(ActiveGrantsTest, AdmitsByFamilyLengthAndPort) {
  add(record("v6", "2001:db8::/56", 1h));
  EXPECT_TRUE(admits("2001:db8:0:ff::1"));
  EXPECT_FALSE(admits("2001:db8:0:100::1"));
  EXPECT_FALSE(admits("32.1.13.184"));
  EXPECT_FALSE(active_.admits(prefix("2001:db8::1"), tcp(23)));
  EXPECT_FALSE(active_.admits(prefix("2001:db8::1"), udp(22)));
}

TEST_F(ActiveGrantsTest, EndsOnePortOfSeveral) {
  auto two = make_record(clock_, "g",
                         {grant_port(22, Protocol::tcp, kPeer, clock_.wall_now() + 1h),
                          grant_port(23, Protocol::tcp, kPeer, clock_.wall_now() + 1h)});
  add(two);
  revoke("g");
  EXPECT_EQ(left(key_), std::nullopt);
  EXPECT_EQ(left(tcp_key(kPeer, 23)), 1h);
  EXPECT_NE(active_.find("g"), nullptr) << "a port of it is live";
}

TEST_F(ActiveGrantsTest, TakesInOnlyTheInitiatedPorts) {
  auto two = make_record(clock_, "g",
                         {grant_port(22, Protocol::tcp, kPeer, clock_.wall_now() + 1h),
                          grant_port(23, Protocol::tcp, kPeer, clock_.wall_now() + 1h)});
  two.states[0].status = Status::revoked;
  two.states[0].ended_at = clock_.wall_now();
  EXPECT_THAT(add(two).keys, UnorderedElementsAre(tcp_key(kPeer, 23)));
}

TEST_F(ActiveGrantsTest, EndingWhatIsNotHeldChangesNothing) {
  EXPECT_THAT(active_.end({"nobody", 0}, {}).keys, IsEmpty());
}

TEST_F(ActiveGrantsTest, AStepForwardShortens) {
  add(record("g", kPeer, 1h));
  clock_.advance_wall(40min);
  EXPECT_THAT(retime().keys, testing::Contains(key_));
  EXPECT_EQ(left(key_), 20min);
  EXPECT_EQ(active_.next_event(), clock_.boot_now() + 20min);
}

TEST_F(ActiveGrantsTest, AStepBeyondTheEndCloses) {
  add(record("g", kPeer, 1h));
  clock_.advance_wall(2h);
  EXPECT_THAT(retime().keys, testing::Contains(key_));
  EXPECT_EQ(left(key_), std::nullopt);
  EXPECT_THAT(advance(0s).closed, UnorderedElementsAre(GrantPortRef{"g", 0}));
}

TEST_F(ActiveGrantsTest, AStepBackwardNeverLengthens) {
  add(record("g", kPeer, 1h));
  clock_.advance(30min);
  clock_.advance_wall(-2h);
  retime();
  EXPECT_EQ(left(key_), 30min) << "the boot-time deadline holds";
}

TEST_F(ActiveGrantsTest, AStepBackwardOpensNoGapInWhatHasBegun) {
  add(record("g", kPeer, 1h));
  clock_.advance_wall(-1s);
  retime();
  EXPECT_EQ(left(key_), 1h) << "although the clock shows a time before the start";
  EXPECT_EQ(active_.next_event(), clock_.boot_now() + 1h);
}

TEST_F(ActiveGrantsTest, AStepMovesAStartThatIsStillToCome) {
  auto later = record("g", kPeer, 3h);
  later.grant.start = clock_.wall_now() + 1h;
  add(later);
  clock_.advance_wall(-1h);
  retime();
  EXPECT_EQ(active_.next_event(), clock_.boot_now() + 2h);
  clock_.advance_wall(2h);
  EXPECT_THAT(retime().keys, testing::Contains(key_));
  EXPECT_EQ(left(key_), 2h);
}

TEST_F(ActiveGrantsTest, TellsEveryOpenKeyAfterSuspension) {
  add(record("a", kPeer, 1h));
  add(record("b", "198.51.100.1", 2h));
  clock_.advance(30min);
  EXPECT_THAT(retime().keys, testing::IsSupersetOf({key_, tcp_key("198.51.100.1", 22)}))
      << "the kernel's timers stood still: each is to be sent again, although no deadline has changed";
  EXPECT_EQ(left(key_), 30min);
}

TEST_F(ActiveGrantsTest, TakesTheBootDeadlineWhereItIsEarlier) {
  auto shorter = record("g", kPeer, 1h);
  shorter.states[0].boot_deadline = clock_.boot_now() + 10min;
  add(shorter);
  EXPECT_EQ(left(key_), 10min);
}

TEST_F(ActiveGrantsTest, FindsThoseOfAPrefixAndCountsThemByRequestor) {
  const auto from = [this](std::string_view source) {
    std::vector<std::string> ids;
    active_.for_each_from(prefix(source), [&](const GrantRecord& found) { ids.push_back(found.grant.id); });
    return ids;
  };
  add(record("a", kPeer, 1h));
  add(record("b", kPeer, 1h));
  add(record("c", "203.0.113.0/24", 1h));
  add(make_record(clock_, "d",
                  {grant_port(22, Protocol::tcp, kPeer, clock_.wall_now() + 1h),
                   grant_port(22, Protocol::tcp, "198.51.100.1", clock_.wall_now() + 1h)},
                  "other"));
  EXPECT_THAT(from(kPeer), UnorderedElementsAre("a", "b", "d")) << "exactly this prefix";
  EXPECT_THAT(from("198.51.100.1"), UnorderedElementsAre("d"));
  using Counts = std::map<std::string, std::size_t>;
  EXPECT_EQ(active_.requestors_of("local"), (Counts{{"requester@example.com", 3}, {"other", 1}}));
  EXPECT_EQ(active_.requestors_of("unlock"), Counts{});
  revoke("b");
  revoke("d");
  EXPECT_THAT(from(kPeer), UnorderedElementsAre("a", "d")) << "one port of d is live";
  auto state = active_.find("d")->states[1];
  state.status = Status::revoked;
  state.ended_at = clock_.wall_now();
  active_.end({"d", 1}, state);
  EXPECT_THAT(from(kPeer), UnorderedElementsAre("a"));
  EXPECT_EQ(active_.requestors_of("local"), (Counts{{"requester@example.com", 2}}));
}

TEST_F(ActiveGrantsTest, WhatIsRemovedAsksForNothingAnyMore) {
  add(record("one", kPeer, 1h));
  add(record("two", kPeer, 2h));
  const GrantRecord two = active_.remove("two");
  EXPECT_EQ(two.grant.id, "two");
  EXPECT_EQ(active_.size(), 1U);
  EXPECT_EQ(left(key_), 1h);
  EXPECT_THAT(advance(1h).closed, UnorderedElementsAre(GrantPortRef{"one", 0}));
  EXPECT_EQ(active_.next_event(), std::nullopt);
  EXPECT_EQ(active_.requestors_of(two.source).at(two.grant.requestor), 1U);
}

}  // namespace
}  // namespace jitgate
