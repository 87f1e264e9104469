#include <algorithm>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_release.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

using namespace std::chrono_literals;

constexpr const char* kClient = "198.51.100.10";
constexpr const char* kStranger = "198.51.100.20";
constexpr std::uint32_t kTimeout = 0x80320012;  // FWP_E_TIMEOUT
constexpr std::uint32_t kUnavailable = 1722;    // RPC_S_SERVER_UNAVAILABLE

/// Others change what is ours, and the engine fails.
class Drift : public WfpTest {
 protected:
  Drift() {
    backend_->watch([this](const std::string& reason) { reasons_.push_back(reason); });
    replace(lock(), {entry(kClient, Transport::tcp, 22)});
  }
  bool heard() {
    return eventually([&] { return !reasons_.empty(); });
  }
  Engine somebody_ = Engine::open(SessionKind::persistent).value();
  std::vector<std::string> reasons_;
};

TEST_F(Drift, OfTheLockIsHeardOfAndMended) {
  const auto filters = lock_filters(lock(), false);
  const auto tcp22 = std::ranges::find(filters, "jitgate: lock 22/tcp", &Filter::name);
  ASSERT_NE(tcp22, filters.end());
  ASSERT_TRUE(somebody_.remove(tcp22->key).ok());
  EXPECT_TRUE(passes(kStranger));
  EXPECT_TRUE(heard());
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(passes(kClient));
}

TEST_F(Drift, APermitThatSomebodyPutIntoOurSublayerGoes) {
  Filter alien = grant_filter(key(kStranger, Transport::tcp, 22), true);
  alien.lifetime = Lifetime::persistent;
  alien.key = guid_of("somebody else's");
  alien.weight = 15;
  ASSERT_TRUE(somebody_.add(alien).ok());
  EXPECT_TRUE(passes(kStranger));
  EXPECT_TRUE(heard());
  replace(lock());
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Drift, OurOwnChangesAreNone) {
  // As the daemon does.
  backend_->watch([this](const std::string& reason) {
    reasons_.push_back(reason);
    replace(lock());
  });
  put({entry(kStranger, Transport::tcp, 22)});
  Lock other = lock();
  other.ports.pop_back();
  replace(other);
  replace(lock());
  close({key(kClient, Transport::tcp, 22)});
  // What happens last has been heard of when this one has.
  Filter alien = grant_filter(key(kStranger, Transport::tcp, 22), true);
  alien.key = guid_of("somebody else's");
  ASSERT_TRUE(somebody_.add(alien).ok());
  EXPECT_TRUE(heard());
  EXPECT_EQ(reasons_.size(), 1U);
}

TEST_F(Drift, AGrantOfOursCannotBeTakenByAnother) {
  const Guid grant = grant_filter(key(kClient, Transport::tcp, 22), false).key;
  EXPECT_FALSE(somebody_.remove(grant).ok());
  EXPECT_TRUE(passes(kClient));
}

TEST_F(Drift, AnEngineThatWasRestartedIsFoundAndFilledAgain) {
  backend_ = make_backend(false, 400ms);
  backend_->watch([this](const std::string& reason) { reasons_.push_back(reason); });
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  model_.restart();
  EXPECT_FALSE(passes(kClient)) << "a grant is the session's";
  EXPECT_FALSE(passes(kStranger)) << "a lock is persistent";
  EXPECT_TRUE(heard());
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_TRUE(passes(kClient));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Drift, AnEngineThatIsBusyWithSomebodyElseIsNotLost) {
  backend_ = make_backend(false, 400ms);
  backend_->watch([this](const std::string& reason) { reasons_.push_back(reason); });
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  reasons_.clear();
  constexpr std::uint32_t kManyTimes = 20;
  model_.fail("FwpmSubLayerGetByKey0", kTimeout, 0, kManyTimes);
  const auto until = std::chrono::steady_clock::now() + 2s;
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > until; }));
  EXPECT_TRUE(passes(kClient));
  EXPECT_TRUE(reasons_.empty()) << reasons_.front();
}

TEST_F(Drift, AfterAFailedChangeTheLockIsWhatItWas) {
  Lock other = lock();
  other.ports = {port(Transport::tcp, 8443)};
  for (const char* call :
       {"FwpmTransactionBegin0", "FwpmFilterAdd0", "FwpmFilterDeleteByKey0", "FwpmTransactionCommit0"}) {
    SCOPED_TRACE(call);
    model_.fail(call, kTimeout, 0, 1);
    const auto refused = backend_->commit(ReplaceTable{other, {}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::firewall_failed);
    EXPECT_FALSE(passes(kStranger));
    EXPECT_TRUE(passes(kStranger, Transport::tcp, 8443));
    EXPECT_TRUE(passes(kClient));
  }
  replace(other);
  EXPECT_FALSE(passes(kStranger, Transport::tcp, 8443));
  EXPECT_TRUE(passes(kStranger));
}

TEST_F(Drift, WhenGrantsCannotBeOpenedAllAreClosedAndTheLockStands) {
  model_.fail("FwpmTransactionCommit0", kTimeout, 0, 1);
  EXPECT_FALSE(backend_->commit(ChangeEntries{{entry(kStranger, Transport::tcp, 22)}, {}}));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(backend_->read().value().static_rules_intact) << "so that the table is built anew";
}

TEST_F(Drift, AnEngineThatDoesNotRunIsAnErrorThatSaysSo) {
  model_.fail("FwpmEngineOpen0", kUnavailable, 0, 1);
  const auto made = make_wfp_backend({.clock = clock_}, io_);
  ASSERT_FALSE(made);
  EXPECT_EQ(describe(made.error()), "FwpmEngineOpen0: the Base Filtering Engine does not run (0x000006ba)");
}

TEST_F(Drift, BeforeTheEngineRunsTheBootTimeLockHolds) {
  Lock locked = lock();
  locked.always_allow = {AddressPrefix::parse("192.0.2.0/24").value()};
  replace(locked, {entry(kClient, Transport::tcp, 22)});
  model_.shut_down();
  EXPECT_TRUE(passes("192.0.2.7")) << "the way in that is always there";
  EXPECT_TRUE(passes("192.0.2.7", Transport::udp, 3389));
  EXPECT_TRUE(passes(Knock{.from = "127.0.0.1", .loopback = true}));
  EXPECT_TRUE(passes(Knock{.from = "::1", .loopback = true}));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(passes(kStranger, Transport::udp, 3389));
  EXPECT_TRUE(passes(kStranger, Transport::tcp, 443));
  model_.boot();
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Drift, ReleaseTakesTheLocksFromUnderARunningDaemon) {
  ASSERT_TRUE(release_filters());
  EXPECT_TRUE(passes(kStranger));
  EXPECT_TRUE(heard());
  backend_.reset();
  ASSERT_TRUE(release_filters());
  EXPECT_EQ(model_.count(), 0U);
  EXPECT_TRUE(release_filters()) << "again";
}

class Trial : public WfpTest {
 protected:
  Lock on_trial(Duration lasts) const {
    Lock trial = lock();
    trial.lifts_at = clock_.boot_now() + lasts;
    return trial;
  }
};

TEST_F(Trial, IsLiftedByItself) {
  replace(on_trial(800ms), {entry(kClient, Transport::tcp, 22)});
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(passes(kClient));
  EXPECT_TRUE(eventually_by_itself([&] { return passes(kStranger); }));
  EXPECT_FALSE(backend_->read().value().present);
}

TEST_F(Trial, EndsWithTheProcess) {
  replace(on_trial(1h));
  EXPECT_FALSE(passes(kStranger));
  backend_.reset();
  EXPECT_TRUE(passes(kStranger));
  model_.shut_down();
  EXPECT_TRUE(passes(kStranger)) << "a boot";
}

TEST_F(Trial, BecomesALockThatLasts) {
  replace(on_trial(1h));
  replace(on_trial(2h));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  replace(lock());
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  backend_.reset();
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Trial, OfOtherPortsStandsBeforeTheOneBeforeGoes) {
  replace(on_trial(1h));
  Lock other = on_trial(1h);
  other.ports.push_back(port(Transport::tcp, 8443));
  model_.fail("FwpmTransactionCommit0", kTimeout, 0, 1);
  EXPECT_FALSE(backend_->commit(ReplaceTable{other, {}}));
  EXPECT_FALSE(passes(kStranger)) << "the one before, as the other cannot be raised";
  replace(other);
  EXPECT_FALSE(passes(kStranger));
  EXPECT_FALSE(passes(kStranger, Transport::tcp, 8443));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  replace(on_trial(1h));
  EXPECT_TRUE(passes(kStranger, Transport::tcp, 8443));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  backend_.reset();
  EXPECT_TRUE(passes(kStranger));
}

TEST_F(Trial, WhatIsCutMeanwhileEndsWithItUnlessItIsConfirmed) {
  const AddressPrefix from = AddressPrefix::parse(kClient).value();
  const std::vector<Connection> flows{{Transport::udp, from, PortNumber::from(3389).value(), from, 0, 0}};
  const Knock flow{.from = kClient, .transport = Transport::udp, .number = 3389, .established = true};
  replace(on_trial(1h));
  ASSERT_TRUE(backend_->cut(flows));
  EXPECT_FALSE(passes(flow));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  backend_.reset();
  EXPECT_TRUE(passes(flow)) << "nothing of a trial outlives its process";
  backend_ = make_backend();
  replace(on_trial(1h));
  ASSERT_TRUE(backend_->cut(flows));
  replace(lock());
  EXPECT_FALSE(passes(flow));
  backend_.reset();
  EXPECT_FALSE(passes(flow));
}

TEST_F(Trial, ThatIsOverIsNotRaisedAgainByACut) {
  replace(on_trial(300ms));
  ASSERT_TRUE(eventually_by_itself([&] { return passes(kStranger); }));
  const AddressPrefix from = AddressPrefix::parse(kClient).value();
  EXPECT_FALSE(backend_->cut({{Transport::udp, from, PortNumber::from(3389).value(), from, 0, 0}}));
  EXPECT_TRUE(passes(kStranger));
}

TEST_F(Trial, LostWithTheEngineIsHeardOfAndRaisedAgain) {
  backend_ = make_backend(false, 400ms);
  std::string reason;
  backend_->watch([&](const std::string& why) { reason = why; });
  replace(on_trial(1h), {entry(kClient, Transport::tcp, 22)});
  model_.restart();
  EXPECT_TRUE(passes(kStranger)) << "a lock on trial is its session's";
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
  EXPECT_TRUE(eventually([&] { return !reason.empty(); }));
  replace(on_trial(1h), {entry(kClient, Transport::tcp, 22)});
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(passes(kClient));
}

TEST_F(Trial, LostWithTheEngineIsRaisedAgainBeforeAnybodyHears) {
  replace(on_trial(1h));
  model_.restart();
  replace(on_trial(1h));
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Trial, OfWhatWasLockedForGoodIsLiftedToo) {
  replace(lock());
  replace(on_trial(800ms));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(eventually_by_itself([&] { return passes(kStranger); }));
}

}  // namespace
}  // namespace jitgate::wfp
