#include "platform/windows/wfp_names.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

using namespace std::chrono_literals;

constexpr const char* kClient = "198.51.100.10";
constexpr const char* kClient6 = "2001:db8::10";
constexpr const char* kStranger = "198.51.100.20";
constexpr std::uint32_t kTimeout = 0x80320012;  // FWP_E_TIMEOUT

using Backend = WfpTest;

TEST_F(Backend, LocksAgainstStrangersAndAdmitsWhoIsGranted) {
  EXPECT_TRUE(passes(kStranger));
  replace(lock());
  for (const char* from : {kClient, kClient6}) {
    EXPECT_FALSE(passes(from, Transport::tcp, 22)) << from;
    EXPECT_FALSE(passes(from, Transport::tcp, 3389)) << from;
    EXPECT_FALSE(passes(from, Transport::udp, 3389)) << from;
    EXPECT_TRUE(passes(from, Transport::udp, 22)) << from;
    EXPECT_TRUE(passes(from, Transport::tcp, 443)) << from;
  }
  put({entry(kClient, Transport::tcp, 3389), entry(kClient6, Transport::udp, 3389)});
  EXPECT_TRUE(passes(kClient, Transport::tcp, 3389));
  EXPECT_FALSE(passes(kClient, Transport::udp, 3389));
  EXPECT_FALSE(passes(kClient, Transport::tcp, 22));
  EXPECT_TRUE(passes(kClient6, Transport::udp, 3389));
  EXPECT_FALSE(passes(kStranger, Transport::tcp, 3389));
  close({key(kClient, Transport::tcp, 3389)});
  EXPECT_FALSE(passes(kClient, Transport::tcp, 3389));
  EXPECT_TRUE(passes(kClient6, Transport::udp, 3389));
}

TEST_F(Backend, LeavesTheLocksAndTakesTheGrantsAlong) {
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  ASSERT_TRUE(passes(kClient));
  backend_.reset();
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
  backend_ = make_backend();
  const ObservedTable before = backend_->read().value();
  EXPECT_TRUE(before.present);
  EXPECT_EQ(before.locked, lock().ports);
  EXPECT_FALSE(before.static_rules_intact) << "this process has not made them";
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_TRUE(passes(kClient));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Backend, LoopbackPassesAndSoDoesWhoIsAlwaysAllowed) {
  Lock locked = lock();
  locked.always_allow = {AddressPrefix::parse("192.0.2.0/24").value(), AddressPrefix::parse("2001:db8:5::/48").value()};
  replace(locked);
  EXPECT_TRUE(passes(Knock{.from = "127.0.0.1", .loopback = true}));
  EXPECT_TRUE(passes(Knock{.from = "::1", .loopback = true}));
  EXPECT_FALSE(passes("127.0.0.1"));
  EXPECT_TRUE(passes("192.0.2.200"));
  EXPECT_TRUE(passes("192.0.2.200", Transport::udp, 3389));
  EXPECT_FALSE(passes("192.0.3.1"));
  EXPECT_TRUE(passes("2001:db8:5:ffff::1"));
  EXPECT_FALSE(passes("2001:db8:6::1"));
  backend_.reset();
  EXPECT_TRUE(passes("192.0.2.200"));
}

TEST_F(Backend, APrefixIsItsAddressesAndNoMore) {
  replace(lock(), {entry("198.51.100.0/25", Transport::tcp, 22), entry("2001:db8:0:1::/64", Transport::tcp, 22)});
  EXPECT_TRUE(passes("198.51.100.0"));
  EXPECT_TRUE(passes("198.51.100.127"));
  EXPECT_FALSE(passes("198.51.100.128"));
  EXPECT_TRUE(passes("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  EXPECT_FALSE(passes("2001:db8:0:2::"));
  put({entry("0.0.0.0/0", Transport::tcp, 22)});
  EXPECT_TRUE(passes("203.0.113.99"));
  EXPECT_FALSE(passes("2001:db8:0:2::"));
}

// Removing a permit makes Windows judge live flows again.
TEST_F(Backend, WhatIsEstablishedStaysWhenItsGrantEnds) {
  replace(lock(), {entry(kClient, Transport::tcp, 3389), entry(kClient, Transport::udp, 3389)});
  close({key(kClient, Transport::tcp, 3389), key(kClient, Transport::udp, 3389)});
  EXPECT_TRUE(passes(Knock{.from = kClient, .number = 3389, .established = true}));
  EXPECT_TRUE(passes(Knock{.from = kClient, .transport = Transport::udp, .number = 3389, .established = true}));
  EXPECT_FALSE(passes(kClient, Transport::tcp, 3389));
  backend_.reset();
  EXPECT_TRUE(passes(Knock{.from = kClient, .number = 3389, .established = true}));
}

// What another product's driver held back and lets go on is judged again at once, and new all the same.
TEST_F(Backend, WhatIsJudgedAgainAlthoughItIsNewNeedsAGrant) {
  replace(lock());
  for (const std::uint32_t reason : {kReasonCompletion, kReasonNewMulticast, kReasonCompletion | 1U}) {
    const Knock tcp{.from = kClient, .number = 3389, .established = true, .reason = reason};
    const Knock udp{
        .from = kClient6, .transport = Transport::udp, .number = 3389, .established = true, .reason = reason};
    EXPECT_FALSE(passes(tcp)) << reason;
    EXPECT_FALSE(passes(udp)) << reason;
    put({entry(kClient, Transport::tcp, 3389), entry(kClient6, Transport::udp, 3389)});
    EXPECT_TRUE(passes(tcp)) << reason;
    EXPECT_TRUE(passes(udp)) << reason;
    close({key(kClient, Transport::tcp, 3389), key(kClient6, Transport::udp, 3389)});
  }
  constexpr std::uint32_t kOtherInterface = 2;  // FWP_CONDITION_REAUTHORIZE_REASON_NEW_ARRIVAL_INTERFACE
  EXPECT_TRUE(passes(Knock{.from = kClient, .established = true, .reason = kOtherInterface}));
}

TEST_F(Backend, AGrantEndsByItself) {
  replace(lock(), {entry(kClient, Transport::tcp, 22, 700ms), entry(kClient6, Transport::tcp, 22)});
  ASSERT_TRUE(passes(kClient));
  EXPECT_TRUE(eventually_by_itself([&] { return !passes(kClient); }));
  EXPECT_TRUE(passes(kClient6));
  EXPECT_FALSE(backend_->query(key(kClient, Transport::tcp, 22)).value());
  EXPECT_GT(backend_->query(key(kClient6, Transport::tcp, 22)).value().value(), 59min);
}

TEST_F(Backend, IsReTimedLongerAndShorter) {
  replace(lock(), {entry(kClient, Transport::tcp, 22, 1h), entry(kClient6, Transport::tcp, 22, 1h)});
  put({entry(kClient, Transport::tcp, 22, 3h), entry(kClient6, Transport::tcp, 22, 10min)});
  clock_.move(20min);
  put({entry(kStranger, Transport::tcp, 22)});  // wakes the thread, which looks at the time that was moved
  EXPECT_TRUE(eventually_by_itself([&] { return !passes(kClient6); }));
  EXPECT_TRUE(passes(kClient));
  put({entry(kClient, Transport::tcp, 22, -1s)});
  EXPECT_FALSE(passes(kClient));
}

// The thread's deadline list is all there is: what it cannot close singly it closes with the session.
TEST_F(Backend, AGrantThatCannotBeClosedTakesAllAlong) {
  std::string reason;
  backend_->watch([&](const std::string& why) { reason = why; });
  replace(lock(), {entry(kClient, Transport::tcp, 22, 300ms), entry(kClient6, Transport::tcp, 22)});
  model_.fail("FwpmFilterDeleteByKey0", kTimeout, 0, 1);
  EXPECT_TRUE(eventually([&] { return !reason.empty(); }));
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(passes(kClient6));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
  EXPECT_TRUE(backend_->commit(ChangeEntries{{entry(kClient6, Transport::tcp, 22)}, {}}).has_error());
  replace(lock(), {entry(kClient6, Transport::tcp, 22)});
  EXPECT_TRUE(passes(kClient6));
}

TEST_F(Backend, ALoopThatStandsStillHoldsNothingOpen) {
  backend_ = make_backend(false, 400ms);
  std::string reason;
  backend_->watch([&](const std::string& why) { reason = why; });
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  ASSERT_TRUE(passes(kClient));
  EXPECT_TRUE(eventually_by_itself([&] { return !passes(kClient); }));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(reason.empty());
  EXPECT_TRUE(eventually([&] { return !reason.empty(); }));
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_TRUE(passes(kClient));
}

TEST_F(Backend, ALoopThatRunsIsNotTakenForOneThatStandsStill) {
  backend_ = make_backend(false, 3s);
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  const auto until = std::chrono::steady_clock::now() + 5s;
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > until || !passes(kClient); }));
  EXPECT_TRUE(passes(kClient));
}

TEST_F(Backend, RemovalLeavesNothing) {
  Lock locked = lock();
  locked.always_allow = {AddressPrefix::parse("192.0.2.0/24").value()};
  replace(locked, {entry(kClient, Transport::tcp, 22)});
  ASSERT_GT(model_.count(), 10U);
  ASSERT_TRUE(backend_->commit(RemoveTable{}));
  EXPECT_EQ(model_.count(), 0U);
  EXPECT_FALSE(backend_->read().value().present);
  EXPECT_TRUE(passes(kStranger));
  EXPECT_TRUE(backend_->commit(RemoveTable{})) << "again";
}

TEST_F(Backend, AnotherLockTakesThePlaceOfTheOld) {
  replace(lock(), {entry(kClient, Transport::tcp, 22), entry(kClient6, Transport::tcp, 22)});
  Lock other;
  other.ports = {port(Transport::tcp, 22), port(Transport::tcp, 8443)};
  replace(other, {entry(kClient6, Transport::tcp, 8443)});
  EXPECT_TRUE(passes(kStranger, Transport::tcp, 3389));
  EXPECT_FALSE(passes(kClient, Transport::tcp, 22));
  EXPECT_FALSE(passes(kClient6, Transport::tcp, 22));
  EXPECT_TRUE(passes(kClient6, Transport::tcp, 8443));
  EXPECT_EQ(backend_->read().value().locked, other.ports);
}

TEST_F(Backend, ALockWithoutPortsDeniesNothing) {
  replace(Lock{});
  EXPECT_TRUE(passes(kStranger));
  const ObservedTable table = backend_->read().value();
  EXPECT_TRUE(table.present);
  EXPECT_TRUE(table.static_rules_intact);
}

TEST_F(Backend, AnAuditedLockPermitsAndIsKnownForOne) {
  Lock audited = lock();
  audited.deny = DenyAction::audit;
  replace(lock());
  replace(audited);
  EXPECT_TRUE(passes(kStranger));
  EXPECT_EQ(backend_->read().value().locked, audited.ports);
  replace(lock());
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Backend, WhatIsDeniedIsCountedByPort) {
  backend_->watch([](const std::string&) {});
  replace(lock());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(passes(kStranger, Transport::tcp, 3389));
  EXPECT_FALSE(passes(kStranger, Transport::udp, 3389));
  ASSERT_TRUE(eventually([&] { return backend_->denied().value().packets == 4; }));
  Lock other = lock();
  other.ports.pop_back();
  replace(other);
  EXPECT_FALSE(passes(kStranger, Transport::tcp, 3389));
  EXPECT_TRUE(eventually([&] { return backend_->denied().value().packets == 5; }));
  const DenyCounter counted = backend_->denied().value();
  EXPECT_EQ(counted.ports.at(port(Transport::tcp, 3389)), 4U);
  EXPECT_EQ(counted.ports.at(port(Transport::udp, 3389)), 1U);
}

TEST_F(Backend, RefusesMoreThanATransactionMayHold) {
  std::vector<AllowEntry> entries(kMaxEntriesPerTransaction + 1, entry(kClient, Transport::tcp, 22));
  EXPECT_EQ(backend_->commit(ReplaceTable{lock(), entries}).error().code, errc::invalid_argument);
  replace(lock());
  EXPECT_EQ(backend_->commit(ChangeEntries{entries, {}}).error().code, errc::invalid_argument);
  EXPECT_FALSE(passes(kClient));
}

TEST_F(Backend, NothingIsChangedBeforeTheFirstTable) {
  EXPECT_EQ(backend_->commit(ChangeEntries{{entry(kClient, Transport::tcp, 22)}, {}}).error().code, errc::unavailable);
  EXPECT_EQ(model_.count(), 0U);
}

TEST_F(Backend, WhatIsCutComesBackByANewGrantAlone) {
  replace(lock(), {entry(kClient6, Transport::tcp, 22)});
  close({key(kClient6, Transport::tcp, 22)});
  const Knock flow{.from = kClient6, .established = true, .from_port = 50001};
  const Knock another{.from = kClient6, .established = true, .from_port = 50002};
  ASSERT_TRUE(passes(flow));
  const Connection connection{Transport::tcp,
                              AddressPrefix::parse("2001:db8::1").value(),
                              PortNumber::from(22).value(),
                              AddressPrefix::parse(kClient6).value(),
                              50001,
                              1};
  ASSERT_TRUE(backend_->cut({connection}));
  EXPECT_FALSE(passes(flow));
  EXPECT_TRUE(passes(another));
  // Over a table that is built anew too.
  replace(lock());
  EXPECT_FALSE(passes(flow));
  put({entry(kClient6, Transport::tcp, 22)});
  EXPECT_TRUE(passes(flow));
  EXPECT_TRUE(passes(Knock{.from = kClient6, .from_port = 50001}));
}

TEST_F(Backend, WhatIsCutStaysCutWhenTheGrantsAreLost) {
  backend_ = make_backend(false, 400ms);
  std::string reason;
  backend_->watch([&](const std::string& why) { reason = why; });
  replace(lock());
  const AddressPrefix from = AddressPrefix::parse(kClient).value();
  ASSERT_TRUE(backend_->cut({{Transport::udp, from, PortNumber::from(3389).value(), from, 0, 0}}));
  const Knock flow{.from = kClient, .transport = Transport::udp, .number = 3389, .established = true};
  ASSERT_FALSE(passes(flow));
  model_.fail("FwpmTransactionCommit0", kTimeout, 0, 1);
  EXPECT_FALSE(backend_->commit(ChangeEntries{{entry(kStranger, Transport::tcp, 22)}, {}}));
  EXPECT_FALSE(passes(flow)) << "when the grants' session is closed";
  replace(lock());
  const auto until = std::chrono::steady_clock::now() + 1s;
  EXPECT_TRUE(eventually_by_itself([&] { return std::chrono::steady_clock::now() > until; }));
  EXPECT_FALSE(passes(flow)) << "when the loop stands still";
  model_.restart();
  EXPECT_TRUE(passes(flow));
  EXPECT_TRUE(eventually([&] { return !reason.empty(); }));
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
  replace(lock());
  EXPECT_FALSE(passes(flow)) << "when the engine was restarted";
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  clock_.move(2h);
  EXPECT_TRUE(eventually([&] { return passes(flow); })) << "when its time is over";
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Backend, WhatIsNotLockedAnyMoreIsNotCut) {
  const AddressPrefix from = AddressPrefix::parse(kClient).value();
  const Knock flow{.from = kClient, .transport = Transport::udp, .number = 3389, .established = true};
  Lock audit = lock();
  audit.deny = DenyAction::audit;
  for (const Lock& next : {Lock{}, audit}) {
    replace(lock());
    ASSERT_TRUE(backend_->cut({{Transport::udp, from, PortNumber::from(3389).value(), from, 0, 0}}));
    ASSERT_FALSE(passes(flow));
    replace(next);
    EXPECT_TRUE(passes(flow));
    backend_ = make_backend();
    replace(next);
    EXPECT_TRUE(passes(flow)) << "nor by the next process";
  }
}

TEST_F(Backend, WhatIsCutStaysCutOverTheProcess) {
  replace(lock());
  const AddressPrefix from = AddressPrefix::parse(kClient).value();
  ASSERT_TRUE(backend_->cut({{Transport::udp, from, PortNumber::from(3389).value(), from, 0, 0}}));
  const Knock flow{.from = kClient, .transport = Transport::udp, .number = 3389, .established = true};
  backend_.reset();
  EXPECT_FALSE(passes(flow)) << "while no process runs";
  backend_ = make_backend(false, 400ms);
  replace(lock());
  EXPECT_FALSE(passes(flow));
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  clock_.move(2h);
  EXPECT_TRUE(eventually([&] { return passes(flow); })) << "when its time is over";
  EXPECT_FALSE(passes(kClient, Transport::udp, 3389)) << "the lock stays";
  backend_->commit(RemoveTable{}).value();
  EXPECT_EQ(model_.count(), 0U);
}

TEST_F(Backend, WhatCannotBeCutIsSaidSoAndCutWithTheNextTable) {
  replace(lock());
  const AddressPrefix from = AddressPrefix::parse(kClient).value();
  model_.fail("FwpmTransactionCommit0", kTimeout, 0, 1);
  EXPECT_FALSE(backend_->cut({{Transport::udp, from, PortNumber::from(3389).value(), from, 0, 0}}));
  const Knock flow{.from = kClient, .transport = Transport::udp, .number = 3389, .established = true};
  EXPECT_TRUE(passes(flow));
  EXPECT_FALSE(passes(kStranger)) << "the lock stands";
  replace(lock());
  EXPECT_FALSE(passes(flow));
}

}  // namespace
}  // namespace jitgate::wfp
