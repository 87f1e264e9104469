// Break glass.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Unlock : public AgentRig {
 protected:
  Unlock() { start(); }
  Result<GrantReceipt> unlock(Duration length, std::optional<AddressPrefix> source = std::nullopt,
                              std::string justification = "console is gone") {
    return call(agent().unlock(administrator(), {length, source, std::move(justification)}));
  }
};

TEST_F(Unlock, OpensEveryPortFromEverywhereForItsTime) {
  EXPECT_TRUE(unlock(15min).value().open);
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_TRUE(admits("2001:db8:ffff::1", udp(500)));
  EXPECT_TRUE(kernel_.has_table()) << "kernel-timed, not unlocked";
  kill();
  clock_.advance(15min);
  EXPECT_FALSE(admits(kStranger, 22)) << "daemon alive or not";
}

TEST_F(Unlock, OfOneSourceOpensForItAlone) {
  ASSERT_TRUE(unlock(15min, prefix(kStranger)));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Unlock, WorksWithTheStoreDownAndIsRecordedLater) {
  store().fail_commits(kDiskFull);
  ASSERT_TRUE(unlock(15min));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_TRUE(disk_.records().empty());
  store().fail_commits(std::nullopt);
  pass(1min);
  EXPECT_EQ(disk_.records().size(), 1U);
  EXPECT_EQ(count_audited("lock.unlock"), 1U);
}

TEST_F(Unlock, ThatCouldNotBeRecordedEndsAndIsRecordedInOrder) {
  store().fail_commits(kDiskFull);
  ASSERT_TRUE(unlock(15min));
  pass(20min);
  EXPECT_FALSE(admits(kStranger, 22));
  store().fail_commits(std::nullopt);
  pass(1min);
  ASSERT_EQ(disk_.records().size(), 1U);
  EXPECT_EQ(disk_.records()[0].states[0].reason, StatusReason::expired);
}

TEST_F(Unlock, CanBeRevokedBeforeItWasRecorded) {
  store().hold_commits();
  agent().record_refusal(requester(), "request.decode", error(errc::invalid_argument, "malformed"));
  poll();  // something is being written
  const auto id = unlock(15min).value().record.grant.id;
  const auto revoked = begin(agent().revoke(administrator(), id, false));
  EXPECT_FALSE(admits(kStranger, 22));
  store().release_commits();
  poll();
  ASSERT_TRUE(*revoked);
  EXPECT_TRUE(**revoked) << describe((*revoked)->error());
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
}

TEST_F(Unlock, IsNotBoundByThePolicyOrTheClock) {
  pass(1h);
  granted(kPeer, 22, 1h);
  time().step_wall(-30min);
  EXPECT_TRUE(unlock(4h).value().open);
  EXPECT_EQ(kernel_.left({AddressPrefix::any(Family::ipv4), tcp(22)}), 4h);
}

TEST_F(Unlock, SurvivesARestartAndAReloadOfThePolicy) {
  ASSERT_TRUE(unlock(4h));
  restart();
  EXPECT_TRUE(admits(kStranger, 22));
  auto narrower = config_;
  narrower.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  narrower.policy.ports[0].max_duration = 1h;
  ASSERT_TRUE(agent().reload(narrower));
  EXPECT_TRUE(admits("203.0.113.99", 22));
}

TEST_F(Unlock, ASecondReplacesTheFirst) {
  const auto first = unlock(1h).value().record.grant.id;
  ASSERT_TRUE(unlock(15min));
  EXPECT_EQ(kernel_.left({AddressPrefix::any(Family::ipv4), tcp(22)}), 15min);
  poll();
  EXPECT_EQ(stored_reason(first), StatusReason::newer_request_initiated);
}

TEST_F(Unlock, DoesNotReplaceOrdinaryGrants) {
  const auto id = call(agent().request(administrator(), ask(kPeer, 22, 1h))).value().record.grant.id;
  ASSERT_TRUE(unlock(15min, prefix(kPeer)));
  pass(15min);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::none);
}

TEST_F(Unlock, IsNotExtended) {
  const auto id = unlock(15min).value().record.grant.id;
  EXPECT_EQ(call(agent().extend(administrator(), id, 1h)).error().code, errc::refused);
}

TEST_F(Unlock, RefusesWhatItCannotRecordOrShouldNotDo) {
  EXPECT_EQ(unlock(15min, std::nullopt, "").error().target, "justification");
  EXPECT_EQ(unlock(25h).error().target, "duration");
  EXPECT_FALSE(unlock(15min, std::nullopt, std::string(2'000, 'x')));
  EXPECT_FALSE(unlock(15min, std::nullopt, "line\nbreak\x1b[2J"));
  EXPECT_FALSE(admits(kStranger, 22));
  poll();
  EXPECT_EQ(count_audited("lock.unlock", "Refused"), 4U);
}

TEST_F(Unlock, WhileDisabledHasNothingToOpen) {
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(unlock(15min).error().code, errc::unavailable);
}

TEST_F(Unlock, OfManyPortsIsSeveralGrants) {
  for (int number = 1000; number < 1100; ++number) config_.policy.ports.push_back(policy_port(number, Protocol::tcp));
  restart();
  ASSERT_TRUE(unlock(15min));
  for (int number = 1000; number < 1100; ++number) ASSERT_TRUE(admits(kStranger, number));
  poll();
  EXPECT_EQ(disk_.records().size(), 4U) << "a document holds 64 openings";
}

}  // namespace
}  // namespace jitgate
