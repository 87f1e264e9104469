// enable, disable, and trials that release themselves.
#include <filesystem>

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class EnableDisable : public AgentRig {
 protected:
  Result<void> enable(EnableOptions options = {}) { return call(agent().enable(administrator(), options)); }
  Result<void> trial(Duration within) {
    EnableOptions options;
    options.confirm_within = within;
    return enable(options);
  }
  Result<void> confirm() {
    EnableOptions options;
    options.confirmed = true;
    return enable(options);
  }
  Result<void> disable() { return call(agent().disable(administrator())); }
  /// A machine whose locks are down.
  void start_disabled() {
    start();
    ASSERT_TRUE(disable());
  }
};

TEST_F(EnableDisable, DisablingTakesEverythingAwayAlsoOverARestart) {
  start();
  ASSERT_TRUE(disable());
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_TRUE(admits(kStranger, 22));
  restart();
  EXPECT_FALSE(kernel_.has_table());
  reboot("boot-2");
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(agent().status().state, AgentState::disabled);
  EXPECT_TRUE(agent().status().in_sync);
  ASSERT_TRUE(enable());
  EXPECT_FALSE(admits(kStranger, 22));
  restart();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(count_audited("lock.disable"), 1U);
  EXPECT_EQ(count_audited("lock.enable"), 1U);
}

TEST_F(EnableDisable, GrantsGoOnWhileDisabledAndAreInForceAgain) {
  start();
  granted(kPeer, 22, 2h);
  granted("203.0.113.8", 22, 30min);
  ASSERT_TRUE(disable());
  pass(1h);
  ASSERT_TRUE(enable());
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
  EXPECT_FALSE(admits("203.0.113.8", 22));
}

TEST_F(EnableDisable, WhileDisabledNothingIsGranted) {
  start_disabled();
  const auto refused = request(kPeer, 22, 1h);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
}

TEST_F(EnableDisable, DisablingThatCannotBeRememberedHoldsForNowAndSaysSo) {
  start();
  std::filesystem::remove_all(state_.path());
  const auto done = disable();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("back after a restart"), std::string::npos);
  EXPECT_FALSE(kernel_.has_table());
}

TEST_F(EnableDisable, DisablingThatTheFirewallRefusesIsRetried) {
  start();
  firewall().fail_commits(kKernelRefuses);
  EXPECT_EQ(disable().error().code, errc::firewall_failed);
  EXPECT_TRUE(kernel_.has_table());
  firewall().fail_commits(std::nullopt);
  pass(1s);
  EXPECT_FALSE(kernel_.has_table());
}

TEST_F(EnableDisable, EnablingThatTheFirewallRefusesSaysSoAndIsRetried) {
  start_disabled();
  firewall().before_commit([this](const FirewallTransaction&) {
    if (kernel_.only_tracks()) firewall().fail_next_commit(kKernelRefuses);
  });
  EXPECT_EQ(enable().error().code, errc::firewall_failed);
  firewall().before_commit(nullptr);
  pass(1s);
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(EnableDisable, EnablingIsUndoneWhereTheFirewallTakesNotEvenTracking) {
  start_disabled();
  firewall().fail_commits(kKernelRefuses);
  EXPECT_FALSE(enable());
  firewall().fail_commits(std::nullopt);
  pass(1min);
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(agent().status().state, AgentState::disabled);
}

TEST_F(EnableDisable, EnablingThatCannotBeRememberedRaisesTheLocksAndSaysSo) {
  start_disabled();
  std::filesystem::remove(state_.path() + "/disabled");
  std::filesystem::create_directories(state_.path() + "/disabled/in-the-way");
  const auto done = enable();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("not remembered over a restart"), std::string::npos);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(count_audited("lock.enable"), 1U) << "the firewall was changed, so it is on record";
}

TEST_F(EnableDisable, EnablingTwiceChangesNothing) {
  start();
  granted(kPeer, 22, 1h);
  const auto attempts = firewall().attempts();
  EXPECT_TRUE(enable());
  EXPECT_EQ(firewall().attempts(), attempts);
}

TEST_F(EnableDisable, EnablingIsRefusedWhereTrackingIsTooSmall) {
  start_disabled();
  tracker_->set_load({10, 200, 300});
  EXPECT_EQ(enable().error().code, errc::refused);
  EXPECT_FALSE(kernel_.has_table());
  EnableOptions force;
  force.force = true;
  EXPECT_TRUE(enable(force));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(enable()) << "the locks are up: nothing is to be judged any more";
}

TEST_F(EnableDisable, EnablingIsUndoneWhereItWouldCutConnections) {
  start_disabled();
  tracker_->fail_seed(error(errc::system_failed, "out of memory"));
  EXPECT_EQ(enable().error().code, errc::system_failed);
  EXPECT_FALSE(kernel_.has_table());
  restart();
  EXPECT_FALSE(kernel_.has_table()) << "and stays so";
}

TEST_F(EnableDisable, ATrialLiftsItselfInTheKernelThoughTheDaemonIsDead) {
  start_disabled();
  ASSERT_TRUE(trial(60s));
  EXPECT_FALSE(admits(kStranger, 22));
  kill();
  clock_.advance(59s);
  EXPECT_FALSE(admits(kStranger, 22));
  clock_.advance(1s);
  EXPECT_TRUE(admits(kStranger, 22));
}

TEST_F(EnableDisable, ATrialThatIsNotConfirmedEnds) {
  start_disabled();
  ASSERT_TRUE(trial(60s));
  EXPECT_EQ(agent().status().trial_ends, clock_.wall_now() + 60s);
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
  pass(60s);
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(agent().status().state, AgentState::disabled);
  EXPECT_EQ(count_audited("lock.trialEnd"), 1U);
  EXPECT_EQ(confirm().error().code, errc::conflict);
  restart();
  EXPECT_FALSE(kernel_.has_table());
}

TEST_F(EnableDisable, AConfirmedTrialStaysWithoutAMomentInBetween) {
  start_disabled();
  ASSERT_TRUE(trial(60s));
  bool open = false;
  firewall().before_commit([&](const FirewallTransaction&) { open = open || admits(kStranger, 22); });
  ASSERT_TRUE(confirm());
  pass(1h);
  EXPECT_FALSE(open);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().trial_ends, std::nullopt);
  restart();
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(EnableDisable, ConfirmingAfterTheTimeIsTooLateEvenBeforeTheDaemonNoticed) {
  start_disabled();
  ASSERT_TRUE(trial(60s));
  clock_.advance(61s);  // no wake has come through yet
  EXPECT_EQ(confirm().error().code, errc::conflict);
  EXPECT_TRUE(admits(kStranger, 22));
}

TEST_F(EnableDisable, APlainEnableDuringATrialMakesItPermanent) {
  start_disabled();
  ASSERT_TRUE(trial(60s));
  ASSERT_TRUE(request(kPeer, 80, 1h));
  const auto theirs = tracker_->connect(Transport::tcp, prefix(kPeer), port_number(80));
  bool open = false;
  firewall().before_commit([&](const FirewallTransaction&) { open = open || admits(kStranger, 22); });
  ASSERT_TRUE(enable());
  pass(1h);
  EXPECT_FALSE(open);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_FALSE(tracker_->alive(theirs)) << "not taken for a connection from before the lock";
}

TEST_F(EnableDisable, ASecondTrialCountsAnew) {
  start_disabled();
  ASSERT_TRUE(trial(60s));
  pass(50s);
  ASSERT_TRUE(trial(60s));
  pass(50s);
  EXPECT_FALSE(admits(kStranger, 22));
  pass(10s);
  EXPECT_TRUE(admits(kStranger, 22));
}

TEST_F(EnableDisable, ATrialOfStandingLocksIsRefused) {
  start();
  EXPECT_EQ(trial(60s).error().code, errc::conflict);
  pass(2min);
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(EnableDisable, ARestartDuringATrialEndsItWithTheLocksDown) {
  start_disabled();
  ASSERT_TRUE(trial(10min));
  restart();
  EXPECT_FALSE(kernel_.has_table()) << "nobody confirmed";
  EXPECT_EQ(confirm().error().code, errc::conflict);
}

TEST_F(EnableDisable, ATrialThatCannotBeRememberedDoesNotBegin) {
  start_disabled();
  std::filesystem::remove_all(state_.path());
  EXPECT_FALSE(trial(60s));
  EXPECT_FALSE(kernel_.has_table());
}

TEST_F(EnableDisable, ATrialsKernelTimerIsCorrectedAfterSuspension) {
  start_disabled();
  ASSERT_TRUE(trial(10min));
  kernel_.suspend(8min);
  time().announce_clock_set();
  kill();
  clock_.advance(2min);
  EXPECT_TRUE(admits(kStranger, 22)) << "ten minutes after its start, not eighteen";
}

TEST_F(EnableDisable, GrantsWorkDuringATrial) {
  start_disabled();
  ASSERT_TRUE(trial(10min));
  granted(kPeer, 22, 1h);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(EnableDisable, DisablingEndsATrial) {
  start_disabled();
  ASSERT_TRUE(trial(10min));
  ASSERT_TRUE(disable());
  EXPECT_FALSE(kernel_.has_table());
  pass(1h);
  EXPECT_EQ(count_audited("lock.trialEnd"), 0U);
}

}  // namespace
}  // namespace jitgate
