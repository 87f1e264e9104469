// From a request to an open port: in the safe order, whatever happens in between.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Request : public AgentRig {
 protected:
  Request() { start(); }
};

TEST_F(Request, OpensExactlySourcePortAndProtocolUntilTheEnd) {
  ASSERT_FALSE(admits(kPeer, 22));
  const auto receipt = request(kPeer, 22, 1h).value();
  EXPECT_TRUE(receipt.open) << receipt.pending_reason;
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_FALSE(admits(kPeer, 80));
  EXPECT_FALSE(admits(kPeer, {Transport::udp, port_number(53)}));
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
}

TEST_F(Request, AlwaysAllowedSourcesNeedNone) {
  EXPECT_TRUE(admits("192.0.2.10", 22));
}

TEST_F(Request, IsDurableBeforeItOpens) {
  store().hold_commits();
  const auto pending = begin(agent().request(requester(), ask(kPeer, 22, 1h)));
  EXPECT_FALSE(*pending);
  EXPECT_FALSE(admits(kPeer, 22)) << "not recorded yet";
  store().release_commits();
  poll();
  ASSERT_TRUE(*pending);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(stored((*pending)->value().record.grant.id).grant, (*pending)->value().record.grant);
}

TEST_F(Request, OpensNothingWhenItCannotBeRecorded) {
  store().fail_next_commit(kDiskFull);
  const auto refused = request(kPeer, 22, 1h);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::store_failed);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(kernel_.open_keys().empty());
}

TEST_F(Request, OpensNothingWhileTheDiskIsFull) {
  store().fail_commits(kDiskFull);
  EXPECT_FALSE(request(kPeer, 22, 1h));
  EXPECT_FALSE(request(kPeer, 22, 1h)) << "the refusal of the first waits to be written";
  EXPECT_FALSE(admits(kPeer, 22));
  store().fail_commits(std::nullopt);
  EXPECT_TRUE(request(kPeer, 22, 1h)) << "at once when the disk is back, without waiting for a retry";
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Request, StaysPendingWhileTheFirewallRefuses) {
  firewall().fail_commits(kKernelRefuses);
  const auto receipt = request(kPeer, 22, 1h).value();
  EXPECT_FALSE(receipt.open);
  EXPECT_NE(receipt.pending_reason.find("Cannot allocate memory"), std::string::npos);
  EXPECT_FALSE(admits(kPeer, 22));
  firewall().fail_commits(std::nullopt);
  pass(1s);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Request, IsRefusedAndAuditedWithEveryReason) {
  const auto refused = request(kPeer, 23, 1h, requester(), Protocol::tcp);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::refused);
  poll();
  ASSERT_EQ(count_audited("grant.open", "Refused"), 1U);
  const auto& event = disk_.audit_trail().back();
  EXPECT_EQ(event.caller, "requester");
  EXPECT_NE(event.reason.find("23/TCP is not in the policy"), std::string::npos) << event.reason;
}

TEST_F(Request, IsAuditedWithItsJustification) {
  const auto id = granted(kPeer, 22, 1h);
  const auto& event = disk_.audit_trail().back();
  EXPECT_EQ(event.operation, "grant.open");
  EXPECT_EQ(event.grant_id, id);
  EXPECT_EQ(event.justification, "INC-1234");
  EXPECT_EQ(event.peer, "uid 1000, pid 42");
}

TEST_F(Request, OfSeveralPortsIsGrantedAsAWhole) {
  auto wanted = ask(kPeer, 22, 1h);
  wanted.ports.push_back({port_number(500), std::nullopt, {prefix("2001:db8::1")}, Duration(2h)});
  const auto receipt = call(agent().request(requester(), wanted)).value();
  EXPECT_EQ(receipt.record.grant.ports.size(), 2U);
  EXPECT_TRUE(admits(kPeer, 22));
  for (const auto transport : transports(Protocol::any))
    EXPECT_TRUE(admits("2001:db8::1", {transport, port_number(500)}));
  wanted.ports[1].number = port_number(501);
  EXPECT_FALSE(call(agent().request(requester("other"), wanted)));
}

/// At every moment between two changes of the kernel the peer is admitted.
void watch_for_gaps(FakeFirewall& firewall, const FakeKernel& kernel, bool& gap) {
  firewall.before_commit(
      [&](const FirewallTransaction&) { gap = gap || !kernel.admits(prefix("203.0.113.7"), tcp(22)); });
}

TEST_F(Request, ANewerLongerOneReplacesWithoutAGap) {
  const auto older = granted(kPeer, 22, 1h);
  bool gap = false;
  watch_for_gaps(firewall(), kernel_, gap);
  pass(10min);
  const auto newer = granted(kPeer, 22, 2h);
  EXPECT_FALSE(gap);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 2h);
  EXPECT_EQ(stored_reason(older), StatusReason::newer_request_initiated);
  EXPECT_EQ(stored_reason(newer), StatusReason::none);
  EXPECT_EQ(count_audited("grant.replace"), 1U);
}

TEST_F(Request, ANewerShorterOneReplacesWithoutAGap) {
  const auto older = granted(kPeer, 22, 2h);
  bool gap = false;
  watch_for_gaps(firewall(), kernel_, gap);
  granted(kPeer, 22, 1h);
  EXPECT_FALSE(gap);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h) << "the newer end counts, also where it is earlier";
  EXPECT_EQ(stored_reason(older), StatusReason::newer_request_initiated);
  pass(1h);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Request, AnothersGrantOrAnotherSourceIsNotReplaced) {
  const auto mine = granted(kPeer, 22, 1h);
  ASSERT_TRUE(request(kPeer, 22, 2h, requester("other")));
  granted("203.0.113.0/24", 22, 30min);
  EXPECT_EQ(stored_reason(mine), StatusReason::none);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 2h) << "the latest of the grants on it";
}

TEST_F(Request, ReplacesOnlyThePortsThatAreAskedForAgain) {
  auto both = ask(kPeer, 22, 1h);
  both.ports.push_back({port_number(80), std::nullopt, {prefix(kPeer)}, Duration(1h)});
  const auto id = call(agent().request(requester(), both)).value().record.grant.id;
  granted(kPeer, 22, 2h);
  EXPECT_EQ(stored(id).states[0].reason, StatusReason::newer_request_initiated);
  EXPECT_EQ(stored(id).states[1].status, Status::initiated);
  EXPECT_TRUE(admits(kPeer, 80));
}

TEST_F(Request, TwoAtOnceLeaveTheNewerOne) {
  store().hold_commits();
  const auto first = begin(agent().request(requester(), ask(kPeer, 22, 2h)));
  const auto second = begin(agent().request(requester(), ask(kPeer, 22, 1h)));
  store().release_commits();
  poll();
  ASSERT_TRUE(*first && *second && **first && **second);
  EXPECT_EQ(stored_reason((*first)->value().record.grant.id), StatusReason::newer_request_initiated);
  EXPECT_EQ(stored_reason((*second)->value().record.grant.id), StatusReason::none);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
  EXPECT_EQ(agent().status().active_grants, 1U);
}

TEST_F(Request, KeepsTheOlderGrantWhenTheNewerCannotBeRecorded) {
  const auto older = granted(kPeer, 22, 1h);
  store().fail_next_commit(kDiskFull);
  EXPECT_FALSE(request(kPeer, 22, 2h));
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
  EXPECT_EQ(stored_reason(older), StatusReason::none);
}

TEST_F(Request, ReplacesOneThatExpiredWhileItWasWritten) {
  const auto older = granted(kPeer, 22, 1h);
  store().hold_commits();
  const auto newer = begin(agent().request(requester(), ask(kPeer, 22, 2h)));
  pass(1h + 1min);
  EXPECT_FALSE(admits(kPeer, 22));
  store().release_commits();
  poll();
  ASSERT_TRUE(*newer && **newer);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 59min) << "counted from the request";
  EXPECT_EQ(stored(older).states[0].status, Status::revoked);
}

TEST_F(Request, NeverOpensWhatAReloadTookBackWhileItWasWritten) {
  store().hold_commits();
  const auto pending = begin(agent().request(requester(), ask(kPeer, 22, 1h)));
  auto narrower = config_;
  narrower.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  ASSERT_TRUE(agent().reload(narrower));
  bool opened = false;
  firewall().before_commit([&](const FirewallTransaction& transaction) {
    const auto* change = std::get_if<ChangeEntries>(&transaction);
    opened = opened || (change != nullptr && !change->put.empty());
  });
  store().release_commits();
  poll();
  ASSERT_TRUE(*pending);
  ASSERT_FALSE(**pending);
  EXPECT_EQ((*pending)->error().code, errc::refused);
  EXPECT_FALSE(opened) << "not even for a moment";
  EXPECT_FALSE(admits(kPeer, 22));
  ASSERT_EQ(disk_.records().size(), 1U);
  EXPECT_EQ(disk_.records()[0].states[0].reason, StatusReason::policy_changed);
}

TEST_F(Request, EndsWhatItReplacedAlsoWhenItMayNotOpen) {
  const auto older = granted(kPeer, 22, 1h);
  store().hold_commits();
  const auto pending = begin(agent().request(requester(), ask(kPeer, 22, 3h)));
  auto shorter = config_;
  shorter.policy.ports[0].max_duration = 2h;
  ASSERT_TRUE(agent().reload(shorter));
  store().release_commits();
  poll();
  ASSERT_FALSE(**pending);
  EXPECT_EQ(stored_reason(older), StatusReason::newer_request_initiated);
  EXPECT_FALSE(admits(kPeer, 22)) << "what is recorded as ended is closed";
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(Request, OpensNothingWhenTheLocksWereTakenAwayMeanwhile) {
  store().hold_commits();
  const auto pending = begin(agent().request(requester(), ask(kPeer, 22, 1h)));
  const auto disabled = begin(agent().disable(administrator()));
  store().release_commits();
  poll();
  ASSERT_FALSE(**pending);
  EXPECT_EQ((*pending)->error().code, errc::unavailable);
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Request, ExtensionCountsItsEndFromNow) {
  const auto id = granted(kPeer, 22, 1h);
  pass(30min);
  const auto extended = call(agent().extend(requester(), id, 1h)).value();
  EXPECT_NE(extended.record.grant.id, id);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
  EXPECT_EQ(extended.record.grant.justification, "INC-1234");
  EXPECT_EQ(stored_reason(id), StatusReason::newer_request_initiated);
}

TEST_F(Request, ExtensionBeyondTheMaximumChangesNothing) {
  const auto id = granted(kPeer, 22, 1h);
  EXPECT_FALSE(call(agent().extend(requester(), id, 4h)));
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
}

TEST_F(Request, ExtensionOfAnothersGrantIsNotFoundAndAudited) {
  const auto id = granted(kPeer, 22, 1h);
  const auto refused = call(agent().extend(requester("other"), id, 1h));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_found);
  poll();
  EXPECT_EQ(count_audited("grant.extend", "Refused"), 1U);
  EXPECT_TRUE(call(agent().extend(administrator(), id, 1h)));
  EXPECT_EQ(disk_.records().back().grant.requestor, "requester") << "it stays the requestor's";
}

TEST_F(Request, GrantsShowsOnesOwnOrAllToAReader) {
  granted(kPeer, 22, 1h);
  ASSERT_TRUE(request(kPeer, 80, 1h, requester("other")));
  EXPECT_EQ(call(agent().grants(requester(), false)).value().size(), 1U);
  auto reader = requester("auditor");
  reader.roles.add(Role::reader);
  EXPECT_EQ(call(agent().grants(reader, false)).value().size(), 2U);
  pass(2h);
  EXPECT_EQ(call(agent().grants(reader, false)).value().size(), 0U);
  EXPECT_EQ(call(agent().grants(reader, true)).value().size(), 2U);
  EXPECT_EQ(call(agent().grants(requester(), true)).value().size(), 1U);
}

}  // namespace
}  // namespace jitgate
