// Requests that wait for a second person.
#include "agent/model/timestamp.hpp"
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

/// Port 22 is let in to with approval only; 80 without.
class Approval : public AgentRig {
 protected:
  Approval() { config_.policy.ports[0].require_approval = true; }

  std::string held(std::string_view source = kPeer, Duration length = 1h) {
    const auto receipt = request(source, 22, length).value();
    EXPECT_FALSE(receipt.open);
    EXPECT_TRUE(receipt.record.pending());
    return receipt.record.grant.id;
  }
  Result<GrantReceipt> approve(const std::string& id, Caller caller = approver()) {
    return call(agent().approve(std::move(caller), id));
  }
  Result<GrantReceipt> deny(const std::string& id, Caller caller = approver()) {
    return call(agent().deny(std::move(caller), id));
  }
  std::vector<WaitingRequest> waiting(Caller caller = approver()) {
    return call(agent().requests(std::move(caller))).value();
  }
  Result<void> reload() { return agent().reload(config_); }
};

TEST_F(Approval, NothingOpensBeforeIt) {
  start();
  const auto receipt = request(kPeer, 22, 1h).value();
  EXPECT_FALSE(receipt.open);
  EXPECT_NE(receipt.pending_reason.find(to_string(clock_.wall_now() + 3h)), std::string::npos);
  const auto id = receipt.record.grant.id;
  EXPECT_EQ(stored(id).states[0].status, Status::initiated);
  EXPECT_EQ(stored_reason(id), StatusReason::pending);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("request.hold"), 1u);
  EXPECT_EQ(count_audited("grant.open"), 0u);
  EXPECT_EQ(agent().status().active_grants, 0u);
}

TEST_F(Approval, OpensAndItsTimeBeginsThen) {
  start();
  const auto id = held();
  pass(30min);
  const auto receipt = approve(id).value();
  EXPECT_TRUE(receipt.open);
  EXPECT_EQ(receipt.record.grant.id, id);
  EXPECT_EQ(receipt.record.grant.requestor, "requester");
  EXPECT_EQ(receipt.record.grant.approver, "approver");
  EXPECT_EQ(receipt.record.grant.start, clock_.wall_now());
  EXPECT_EQ(receipt.record.grant.ports[0].end, clock_.wall_now() + 1h);
  EXPECT_EQ(stored(id).grant, receipt.record.grant);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(waiting().empty());
  pass(59min);
  EXPECT_TRUE(admits(kPeer, 22));
  pass(61s);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(Approval, TheRecordNamesTheApprover) {
  start();
  ASSERT_TRUE(approve(held()));
  for (const std::string operation : {"request.approve", "grant.open"}) {
    const auto& trail = disk_.audit_trail();
    const auto found =
        std::ranges::find_if(trail, [&](const AuditEvent& event) { return event.operation == operation; });
    ASSERT_NE(found, trail.end()) << operation;
    EXPECT_EQ(found->caller, "approver");
  }
}

TEST_F(Approval, AFixedEndStaysWhereItIs) {
  start();
  const auto end = clock_.wall_now() + 2h;
  auto asked = ask(kPeer, 22, 1h);
  asked.ports[0].until = end;
  const auto id = call(agent().request(requester(), asked)).value().record.grant.id;
  pass(90min);
  EXPECT_EQ(approve(id).value().record.grant.ports[0].end, end);
  pass(29min);
  EXPECT_TRUE(admits(kPeer, 22));
  pass(61s);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Approval, AFixedEndThatHasPassedEndsTheRequest) {
  start();
  auto asked = ask(kPeer, 22, 1h);
  asked.ports[0].until = clock_.wall_now() + 10min;
  const auto id = call(agent().request(requester(), asked)).value().record.grant.id;
  pass(10min);
  EXPECT_EQ(approve(id).error().code, errc::not_found);
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Approval, IsNotForWhoeverAsked) {
  start();
  const auto id = held();
  auto self = requester();
  self.roles.add(Role::approver);
  EXPECT_EQ(approve(id, self).error().code, errc::not_permitted);
  EXPECT_EQ(deny(id, self).error().code, errc::not_permitted);
  self.name = "uid:1000";
  EXPECT_EQ(approve(id, self).error().code, errc::not_permitted) << "the same account, while it has no name";
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("request.approve", "Refused"), 2u);
  EXPECT_EQ(waiting().size(), 1u);
}

TEST_F(Approval, IsNotForRoot) {
  start();
  const auto id = held();
  EXPECT_EQ(approve(id, administrator()).error().code, errc::not_permitted);
  EXPECT_EQ(approve(id, approver("toor", 0)).error().code, errc::not_permitted);
  EXPECT_EQ(deny(id, administrator()).error().code, errc::not_permitted);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Approval, OfAnExtensionIsNotForWhoeverExtendedItForAnother) {
  start();
  const auto id = held();
  ASSERT_TRUE(approve(id));
  auto helper = approver("helper", 3000);
  helper.roles.add(Role::administrator);
  const auto longer = call(agent().extend(helper, id, 2h)).value();
  ASSERT_TRUE(longer.record.pending());
  EXPECT_EQ(longer.record.grant.requestor, "requester");
  EXPECT_EQ(approve(longer.record.grant.id, helper).error().code, errc::not_permitted);
  EXPECT_TRUE(admits(kPeer, 22)) << "what is extended goes on";
  ASSERT_TRUE(approve(longer.record.grant.id));
  EXPECT_EQ(stored_reason(id), StatusReason::newer_request_initiated);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Approval, DeniedNeverOpens) {
  start();
  const auto id = held();
  ASSERT_TRUE(deny(id));
  EXPECT_EQ(stored(id).states[0].status, Status::revoked);
  EXPECT_EQ(stored_reason(id), StatusReason::denied);
  EXPECT_EQ(approve(id).error().code, errc::not_found);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("request.deny"), 1u);
}

TEST_F(Approval, OnePortThatNeedsItHoldsTheWholeRequest) {
  start();
  auto asked = ask(kPeer, 80, 1h);
  asked.ports.push_back(ask(kPeer, 22, 2h).ports[0]);
  const auto id = call(agent().request(requester(), asked)).value().record.grant.id;
  EXPECT_FALSE(admits(kPeer, 80));
  pass(10min);
  const auto grant = approve(id).value().record.grant;
  EXPECT_TRUE(admits(kPeer, 80) && admits(kPeer, 22));
  EXPECT_EQ(grant.ports[0].end, clock_.wall_now() + 1h);
  EXPECT_EQ(grant.ports[1].end, clock_.wall_now() + 2h);
}

TEST_F(Approval, APortWithoutItOpensAtOnce) {
  start();
  EXPECT_TRUE(request(kPeer, 80, 1h).value().open);
}

TEST_F(Approval, OthersSeeARequestOnlyByTheirRole) {
  start();
  const auto id = held();
  EXPECT_EQ(waiting(requester()).size(), 1u);
  EXPECT_TRUE(waiting(requester("other")).empty());
  Caller reader{"reader", "", {}, 4000};
  reader.roles.add(Role::reader);
  for (const auto& caller : {reader, approver(), administrator()}) {
    const auto seen = waiting(caller);
    ASSERT_EQ(seen.size(), 1u) << caller.name;
    EXPECT_EQ(seen[0].record.grant.id, id);
    EXPECT_EQ(seen[0].lengths, (std::vector<std::optional<Duration>>{1h}));
    EXPECT_EQ(seen[0].decide_by, clock_.wall_now() + 3h);
  }
}

TEST_F(Approval, IsWithdrawnByRevoke) {
  start();
  const auto id = held();
  EXPECT_EQ(call(agent().revoke(requester("other"), id, false)).error().code, errc::not_found);
  ASSERT_TRUE(revoke(id));
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
  EXPECT_EQ(count_audited("request.withdraw"), 1u);
  EXPECT_EQ(approve(id).error().code, errc::not_found);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Approval, TimesOutWithTheLongestAccessOfThePort) {
  start();
  const auto id = held();
  pass(3h - 1s);
  EXPECT_EQ(waiting().size(), 1u);
  pass(1s);
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
  EXPECT_EQ(count_audited("request.expire"), 1u);
  EXPECT_EQ(approve(id).error().code, errc::not_found);
}

TEST_F(Approval, TimesOutAfterADayAtMost) {
  config_.policy.ports[0].max_duration = 30 * 24h;
  start();
  const auto id = held(kPeer, 10 * 24h);
  pass(24h - 1s);
  EXPECT_EQ(stored_reason(id), StatusReason::pending);
  pass(1s);
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(Approval, SurvivesARestartAndAReboot) {
  start();
  const auto id = held();
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  reboot("boot-b");
  EXPECT_FALSE(admits(kPeer, 22));
  ASSERT_EQ(waiting().size(), 1u);
  auto self = requester();
  self.roles.add(Role::approver);
  EXPECT_EQ(approve(id, self).error().code, errc::not_permitted);
  const auto grant = approve(id).value().record.grant;
  EXPECT_EQ(grant.ports[0].end, clock_.wall_now() + 1h);
  EXPECT_TRUE(admits(kPeer, 22));
  restart();
  EXPECT_TRUE(admits(kPeer, 22)) << "a grant like any other";
  EXPECT_EQ(stored(id).grant.approver, "approver");
}

TEST_F(Approval, TimesOutWhileNobodyRuns) {
  start();
  const auto id = held();
  kill();
  clock_.advance(3h);
  start();
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(Approval, AReloadEndsWhatThePolicyDoesNotAllowAnyMore) {
  start();
  const auto gone = held();
  const auto stays = held("198.51.100.7");
  config_.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  ASSERT_TRUE(reload());
  poll();
  EXPECT_EQ(stored_reason(gone), StatusReason::policy_changed);
  EXPECT_EQ(approve(gone).error().code, errc::not_found);
  EXPECT_TRUE(approve(stays));
}

TEST_F(Approval, APolicyChangedWhileNobodyRanEndsIt) {
  start();
  const auto id = held();
  kill();
  config_.policy.ports.erase(config_.policy.ports.begin());
  start();
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
}

TEST_F(Approval, IsJudgedByWhatHoldsThen) {
  start();
  const auto id = held();
  config_.policy.ports[0].require_justification = true;
  config_.policy.limits.ipv4 = 32;
  ASSERT_TRUE(reload());
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(approve(id).error().code, errc::unavailable);
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_TRUE(approve(id));
}

TEST_F(Approval, ThatIsNotDurableOpensNothing) {
  start();
  const auto id = held();
  store().fail_commits(kDiskFull);
  EXPECT_EQ(approve(id).error().code, errc::store_failed);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(deny(id).error().code, errc::store_failed);
  EXPECT_EQ(waiting().size(), 1u);
  store().fail_commits(std::nullopt);
  pass(2min);
  EXPECT_TRUE(approve(id));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Approval, ARequestThatIsNotDurableIsNotPending) {
  start();
  store().fail_commits(kDiskFull);
  EXPECT_EQ(request(kPeer, 22, 1h).error().code, errc::store_failed);
  EXPECT_TRUE(waiting().empty());
}

TEST_F(Approval, IsDecidedOnOnce) {
  start();
  const auto id = held();
  store().hold_commits();
  const auto first = begin(agent().approve(approver(), id));
  EXPECT_EQ(deny(id, approver("other", 2001)).error().code, errc::not_found);
  EXPECT_EQ(revoke(id).error().code, errc::not_found);
  EXPECT_FALSE(admits(kPeer, 22)) << "not durable yet";
  store().release_commits();
  poll();
  ASSERT_TRUE(*first && **first);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Approval, APolicyThatChangesWhileItIsWrittenKeepsItClosed) {
  start();
  const auto id = held();
  store().hold_commits();
  const auto approved = begin(agent().approve(approver(), id));
  config_.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  ASSERT_TRUE(reload());
  store().release_commits();
  poll();
  ASSERT_TRUE(*approved);
  EXPECT_EQ((*approved)->error().code, errc::refused);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
}

TEST_F(Approval, ANewerRequestForTheSameReplacesTheOlder) {
  start();
  const auto older = held();
  const auto other = held("198.51.100.7");
  const auto newer = held(kPeer, 2h);
  EXPECT_EQ(stored_reason(older), StatusReason::newer_request_initiated);
  EXPECT_EQ(waiting().size(), 2u);
  EXPECT_TRUE(approve(newer));
  EXPECT_TRUE(approve(other));
}

TEST_F(Approval, PendingRequestsCountAgainstTheLimit) {
  config_.limits.grants_per_requestor = 2;
  start();
  (void)held("198.51.100.1");
  const auto id = held("198.51.100.2");
  EXPECT_EQ(request("198.51.100.3", 22, 1h).error().code, errc::too_many);
  EXPECT_TRUE(request("198.51.100.2", 22, 2h)) << "replaces one";
  EXPECT_EQ(approve(id).error().code, errc::not_found);
}

TEST_F(Approval, AStoredRequestThatCannotBeReadIsReported) {
  auto record = make_record(clock_, "broken", {grant_port(22, Protocol::tcp, kPeer, clock_.wall_now() + 1h)});
  record.request = "{\"caller\": 7}";
  StoreChange change;
  change.add.push_back(record);
  boost::asio::co_spawn(disk_context_, disk_.commit(std::move(change)), boost::asio::detached);
  disk_context_.run();
  start();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(waiting().empty());
  EXPECT_TRUE(mentions(agent().status().reasons, "broken"));
}

TEST_F(Approval, OfWhatRootAskedForIsForNoAccountOfThisHost) {
  start();
  Caller root = administrator();
  root.roles.add(Role::requester);
  const auto id = request(kPeer, 22, 1h, root).value().record.grant.id;
  EXPECT_EQ(approve(id).error().code, errc::not_permitted) << "sudo jitgate request, jitgate approve";
  EXPECT_FALSE(admits(kPeer, 22));
  Caller token = approver();
  token.uid.reset();
  EXPECT_TRUE(approve(id, token));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Approval, IsNotTooLateByAClockThatNobodyBelieves) {
  start();
  const auto id = held();
  kill();
  clock_.set_synchronized(false);
  clock_.advance_wall(48h);
  reboot("boot-2");
  EXPECT_EQ(waiting().size(), 1u);
  EXPECT_EQ(stored_reason(id), StatusReason::pending);
  clock_.advance_wall(-48h);
  clock_.set_synchronized(true);
  pass(1s);
  EXPECT_EQ(waiting().size(), 1u);
  pass(4h);
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(Approval, ThatTheReloadedPolicyWantsIsNotPassedByAnOpeningOnItsWay) {
  start();
  store().hold_commits();
  const auto opening = begin(agent().request(requester(), ask(kPeer, 80, 1h)));
  config_.policy.ports[1].require_approval = true;
  ASSERT_TRUE(reload());
  store().release_commits();
  poll();
  ASSERT_TRUE(*opening);
  EXPECT_EQ((*opening)->error().code, errc::refused);
  EXPECT_FALSE(admits(kPeer, 80));
}

}  // namespace
}  // namespace jitgate
