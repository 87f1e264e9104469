// What the status tells those who measure.
#include <gmock/gmock.h>

#include "agent/control/refusal_counters.hpp"
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class MeasuresTest : public AgentRig {
 protected:
  std::uint64_t refused_for(const std::string& reason) { return agent().status().refusals.by_reason.at(reason); }
  std::uint64_t violations_of(const std::string& field) { return agent().status().refusals.by_field.at(field); }
  std::uint64_t ended(StatusReason reason) { return agent().status().openings.ended[reason]; }
};

TEST(RefusalCounters, CountsARefusalOnceAndEachOfItsViolations) {
  RefusalCounters counters;
  Error why = error(errc::refused, "the policy does not allow this");
  why.details = {error(errc::refused, "too long", "ports[0].endTimeUtc"),
                 error(errc::refused, "too long", "ports[1].endTimeUtc"),
                 error(errc::refused, "is asked for twice", "ports[2]")};
  counters.add(why);
  EXPECT_EQ(counters.totals().by_reason.at("Refused"), 1U);
  EXPECT_EQ(counters.totals().by_field.at("endTimeUtc"), 2U);
  EXPECT_EQ(counters.totals().by_field.at("ports"), 1U);
  EXPECT_EQ(counters.totals().by_reason.at("TooMany"), 0U) << "there before it happens, so that rates see the first";
}

TEST(RefusalCounters, WhatACallerSentIsNoSeries) {
  RefusalCounters counters;
  const auto series = counters.totals().by_field.size();
  counters.add(error(errc::refused, "no", "ports[0].whatever-somebody-sent"));
  EXPECT_EQ(counters.totals().by_field.size(), series);
}

TEST_F(MeasuresTest, CountsRefusalsByWhatIsAgainstThePolicy) {
  start();
  ASSERT_FALSE(request(kPeer, 22, 100h));
  EXPECT_EQ(refused_for("Refused"), 1U);
  EXPECT_EQ(violations_of("endTimeUtc"), 1U);
  ASSERT_FALSE(request(kPeer, 9, 1h));
  EXPECT_EQ(refused_for("Refused"), 2U);
  EXPECT_EQ(violations_of("number"), 1U);
}

TEST_F(MeasuresTest, CountsWhatTheRateKeepsOutOfTheAudit) {
  config_.limits.requests_per_minute = 1;
  config_.limits.request_burst = 1;
  start();
  granted(kPeer, 22, 1h);
  for (int i = 0; i < 5; ++i) ASSERT_FALSE(request(kPeer, 22, 1h));
  EXPECT_EQ(refused_for("TooMany"), 5U);
  EXPECT_EQ(agent().status().refusals.unrecorded, 4U) << "the first is recorded";
}

TEST_F(MeasuresTest, CountsOpeningsAndHowTheyEnded) {
  start();
  const auto revoked = granted(kPeer, 22, 1h);
  granted("203.0.113.8", 22, 30min);
  granted("203.0.113.8", 22, 1h);
  EXPECT_EQ(agent().status().openings.opened, 3U);
  EXPECT_EQ(ended(StatusReason::newer_request_initiated), 1U);
  ASSERT_TRUE(call(agent().revoke(administrator(), revoked, false)));
  EXPECT_EQ(ended(StatusReason::user_requested), 1U);
  EXPECT_EQ(ended(StatusReason::expired), 0U);
  pass(1h);
  EXPECT_EQ(ended(StatusReason::expired), 1U);
  const auto delay = agent().status().openings.expiry_delay;
  EXPECT_EQ(delay.count(), 1U);
  EXPECT_LT(delay.sum(), 1s);
}

TEST_F(MeasuresTest, ALateDaemonShowsInTheDelay) {
  start();
  granted(kPeer, 22, 1h);
  // Nobody wakes it when the hour is over.
  clock_.advance(1h + 20s);
  time().announce_clock_set();
  EXPECT_EQ(agent().status().openings.expiry_delay.sum(), 20s);
}

TEST_F(MeasuresTest, TimesEveryTransactionOfTheFirewall) {
  start();
  const auto before = agent().status().reconcile.count();
  EXPECT_GE(before, 1U) << "the lock itself";
  granted(kPeer, 22, 1h);
  EXPECT_EQ(agent().status().reconcile.count(), before + 1);
}

TEST_F(MeasuresTest, EveryLockedPortHasItsCountOfDenied) {
  start();
  const auto denied = agent().status().denied_ports;
  EXPECT_EQ(denied.size(), config_.policy.locked_ports().size());
  EXPECT_TRUE(std::ranges::is_sorted(denied, {}, &DeniedStatus::port));
  EXPECT_EQ(denied.front().packets, 7U);
}

TEST_F(MeasuresTest, ABrokenChainIsToldUntilItIsFoundWhole) {
  start();
  EXPECT_EQ(agent().status().audit_intact, std::nullopt);
  store().fail_verify(error(errc::store_failed, "the audit trail is broken", "audit[3]"));
  ASSERT_FALSE(call(agent().verify_audit(AuditHead{3, {}})));
  EXPECT_EQ(agent().status().audit_intact, std::nullopt) << "what was noted may be mistyped";
  ASSERT_FALSE(call(agent().verify_audit(std::nullopt)));
  EXPECT_EQ(agent().status().audit_intact, false);
  store().fail_verify(std::nullopt);
  ASSERT_TRUE(call(agent().verify_audit(std::nullopt)));
  EXPECT_EQ(agent().status().audit_intact, true);
}

TEST_F(MeasuresTest, AServiceThatDoesNotRunIsNamedAndImpairsNothing) {
  start();
  agent().note_service_problem("api.listen", "cannot bind: Address already in use");
  EXPECT_THAT(agent().status().reasons, ::testing::ElementsAre("api.listen: cannot bind: Address already in use"));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
  agent().note_service_problem("api.listen", std::nullopt);
  EXPECT_TRUE(agent().status().reasons.empty());
}

TEST_F(MeasuresTest, WhoeverListensIsToldOfEveryDecision) {
  start();
  int told = 0;
  agent().on_event([&told] { ++told; });
  granted(kPeer, 22, 1h);
  EXPECT_GE(std::exchange(told, 0), 1);
  ASSERT_FALSE(request(kPeer, 9, 1h));
  EXPECT_GE(told, 1);
}

}  // namespace
}  // namespace jitgate
