// How much one caller may ask, and what of it is recorded.
#include "agent/control/caller_rates.hpp"
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

TEST(CallerRates, AdmitsABurstAndThenTheRate) {
  CallerRates rates(30, 3);
  BootTime now{1h};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take("ann", now)) << i;
  EXPECT_EQ(rates.take("ann", now), Duration(2s));
  EXPECT_EQ(rates.take("ann", now + 1s), Duration(1s)) << "asking in vain costs nothing";
  EXPECT_FALSE(rates.take("ann", now + 2s));
  EXPECT_TRUE(rates.take("ann", now + 2s));
  EXPECT_FALSE(rates.take("ben", now)) << "everybody has a rate of their own";
  now += 1h;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(rates.take("ann", now)) << "no more than a burst is saved up";
  EXPECT_TRUE(rates.take("ann", now));
}

TEST(CallerRates, ForgetsWhoHasLongBeenSilent) {
  CallerRates rates(30, 1);
  for (int i = 0; i < 5'000; ++i) EXPECT_FALSE(rates.take("caller " + std::to_string(i), BootTime(i * 2s)));
  EXPECT_TRUE(rates.take("caller 4999", BootTime(4'999 * 2s)));
}

class CallerLimits : public AgentRig {
 protected:
  CallerLimits() {
    config_.limits.requests_per_minute = 30;
    config_.limits.request_burst = 3;
  }
  /// Requests until one is too many; how many were not.
  int exhaust() {
    int admitted = 0;
    while (request("203.0.113." + std::to_string(admitted + 1), 22, 1h)) ++admitted;
    return admitted;
  }
};

TEST_F(CallerLimits, OneTooManySaysWhenToTryAgain) {
  start();
  EXPECT_EQ(exhaust(), 3);
  const auto refused = request(kPeer, 22, 1h).error();
  EXPECT_EQ(refused.code, errc::too_many);
  EXPECT_EQ(refused.retry_after, 2s);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(request(kPeer, 22, 1h, requester("other"))) << "others go on";
  pass(2s);
  EXPECT_TRUE(request(kPeer, 22, 1h));
}

TEST_F(CallerLimits, RefusedRequestsCountToo) {
  start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(request(kPeer, 9999, 1h).error().code, errc::refused);
  EXPECT_EQ(request(kPeer, 22, 1h).error().code, errc::too_many);
}

TEST_F(CallerLimits, AnUnlockIsNotLimited) {
  start();
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(call(agent().unlock(administrator(), {15min, prefix(kPeer), "fire " + std::to_string(i)})));
}

TEST_F(CallerLimits, RefusalsDoNotFloodTheRecord) {
  start();
  const auto why = error(errc::not_permitted, "this needs the role administrator");
  for (int i = 0; i < 1'000; ++i) agent().record_refusal(requester(), "lock.disable", why);
  poll();
  EXPECT_EQ(count_audited("lock.disable", "Refused"), 4u) << "three, and that more are not recorded";
  pass(2s);
  agent().record_refusal(requester(), "lock.disable", why);
  poll();
  EXPECT_EQ(count_audited("lock.disable", "Refused"), 5u);
  EXPECT_NE(disk_.audit_trail().back().reason.find("996 refusals"), std::string::npos)
      << disk_.audit_trail().back().reason;
}

TEST_F(CallerLimits, FollowAReload) {
  start();
  EXPECT_EQ(exhaust(), 3);
  config_.limits.requests_per_minute = 6'000;
  config_.limits.request_burst = 1'000;
  ASSERT_TRUE(agent().reload(config_));
  EXPECT_TRUE(request(kPeer, 22, 1h));
}

TEST_F(CallerLimits, WhoeverHasNoRoleSharesOneAccount) {
  start();
  for (int i = 0; i < 1'000; ++i) {
    const Caller anybody{"uid:" + std::to_string(100'000 + i), "uid, pid", {}, 100'000u + static_cast<unsigned>(i)};
    agent().record_refusal(anybody, "grant.open", error(errc::not_permitted, "no role"));
  }
  poll();
  EXPECT_LE(disk_.audit_trail().size(), 6u) << "a burst, and that more was refused";
  EXPECT_TRUE(request(kPeer, 22, 1h)) << "others go on";
}

}  // namespace
}  // namespace jitgate
