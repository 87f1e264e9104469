// What a record says: who, what, where from, why, when, and which ruleset.
#include "agent/control/audit_events.hpp"
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class AuditRecords : public AgentRig {
 protected:
  const AuditEvent& last(const std::string& operation, const std::string& outcome = "Succeeded") {
    poll();
    const auto& trail = disk_.audit_trail();
    const auto found = std::find_if(trail.rbegin(), trail.rend(), [&](const AuditEvent& event) {
      return event.operation == operation && event.outcome == outcome;
    });
    if (found == trail.rend()) throw std::logic_error("not in the trail: " + operation);
    return *found;
  }
};

TEST_F(AuditRecords, OfAnOpeningSayEverything) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  const auto& record = last("grant.open");
  EXPECT_EQ(record.caller, "requester");
  EXPECT_EQ(record.peer, "uid 1000, pid 42");
  EXPECT_EQ(record.grant_id, id);
  EXPECT_EQ(record.ports, "22/TCP");
  EXPECT_NE(record.resource.find("22/TCP from 203.0.113.7 until "), std::string::npos);
  EXPECT_EQ(record.justification, "INC-1234");
  EXPECT_EQ(record.at, clock_.wall_now());
}

TEST_F(AuditRecords, NameTheRulesetThatTheyFound) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  const auto before = last("grant.open").generation;
  EXPECT_GT(before, 0u);
  ASSERT_TRUE(revoke(id));
  EXPECT_EQ(last("grant.revoke").generation, before + 2) << "after the opening and the closing";
}

TEST_F(AuditRecords, OfARefusedRequestSayWhatWasAskedFor) {
  start();
  AccessRequest two = ask(kPeer, 22, 100h);
  two.ports.push_back({port_number(9999), Protocol::udp, {prefix("203.0.113.8"), prefix("203.0.113.9")}, 1h});
  ASSERT_FALSE(call(agent().request(requester(), two)));
  const auto& record = last("grant.open", "Refused");
  EXPECT_EQ(record.ports, "22/*,9999/UDP");
  EXPECT_EQ(record.resource, "22 from 203.0.113.7 for P4DT4H, 9999/UDP from 203.0.113.8 and 203.0.113.9 for PT1H");
  EXPECT_EQ(record.justification, "INC-1234");
  EXPECT_FALSE(record.reason.empty());
  EXPECT_EQ(record.grant_id, "");
}

TEST_F(AuditRecords, OfEveryRefusalThatNamesAGrantHaveItsId) {
  config_.policy.ports[1].require_approval = true;
  start();
  const auto id = granted(kPeer, 22, 1h);
  const auto held = request(kPeer, 80, 1h).value().record.grant.id;
  ASSERT_FALSE(call(agent().revoke(requester("mallory"), id, false)));
  EXPECT_EQ(last("grant.revoke", "Refused").grant_id, id);
  ASSERT_FALSE(call(agent().extend(requester("mallory"), id, 1h)));
  EXPECT_EQ(last("grant.extend", "Refused").grant_id, id);
  ASSERT_FALSE(call(agent().extend(requester(), id, 100h)));
  EXPECT_EQ(last("grant.extend", "Refused").grant_id, id);
  EXPECT_EQ(last("grant.extend", "Refused").ports, "22/TCP");
  ASSERT_FALSE(call(agent().approve(approver("requester", 1000), held)));
  EXPECT_EQ(last("request.approve", "Refused").grant_id, held);
  EXPECT_EQ(last("request.approve", "Refused").ports, "80/TCP");
  ASSERT_FALSE(call(agent().deny(approver(), "no-such")));
  EXPECT_EQ(last("request.deny", "Refused").grant_id, "no-such");
  agent().record_refusal(requester(), "grant.revoke", error(errc::not_permitted, "no role"), "some-id");
  EXPECT_EQ(last("grant.revoke", "Refused").grant_id, "some-id");
}

TEST_F(AuditRecords, OfAnUnlockThatIsNotExtendedExist) {
  start();
  const auto unlocked = call(agent().unlock(administrator(), {15min, prefix(kPeer), "fire"})).value();
  ASSERT_FALSE(call(agent().extend(administrator(), unlocked.record.grant.id, 1h)));
  EXPECT_EQ(last("grant.extend", "Refused").grant_id, unlocked.record.grant.id);
}

TEST_F(AuditRecords, OfSomebodyElsesRequestSayWhoseItIs) {
  config_.policy.ports[1].require_approval = true;
  start();
  const auto held = request(kPeer, 80, 1h).value().record.grant.id;
  ASSERT_TRUE(call(agent().approve(approver(), held)));
  EXPECT_EQ(last("request.approve").reason, "requested by requester");
  EXPECT_EQ(last("grant.open").caller, "approver");
  EXPECT_EQ(last("grant.open").reason, "requested by requester");
}

TEST_F(AuditRecords, OfAnExpirySayWhatAndWhy) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  pass(2h);
  const auto& record = last("grant.expire");
  EXPECT_EQ(record.caller, "jitgated");
  EXPECT_EQ(record.grant_id, id);
  EXPECT_EQ(record.ports, "22/TCP");
  EXPECT_EQ(record.justification, "INC-1234");
}

TEST_F(AuditRecords, OfARefusedAcknowledgementExist) {
  start();
  ASSERT_FALSE(call(agent().acknowledge(administrator(), port_number(22), Protocol::tcp)));
  EXPECT_EQ(last("exposure.acknowledge", "Refused").ports, "22/TCP");
}

TEST_F(AuditRecords, OfLocksThatWouldNotGoSaySo) {
  start();
  firewall().fail_commits(kKernelRefuses);
  ASSERT_FALSE(call(agent().disable(administrator())));
  EXPECT_NE(last("lock.disable").reason.find("could not be taken away yet"), std::string::npos);
}

TEST_F(AuditRecords, AreOfABoundedSize) {
  start();
  agent().record_refusal(requester(), "request", error(errc::invalid_argument, std::string(100'000, '\xc3')));
  const auto& record = last("request", "Refused");
  EXPECT_LT(record.reason.size(), 4'200u);
  EXPECT_NE(record.reason.find("bytes more"), std::string::npos);
}

TEST_F(AuditRecords, AreKeptByTheRulesOfTheConfiguration) {
  config_.audit.retention = {std::chrono::days(30), 5'000};
  start();
  granted(kPeer, 22, 1h);
  ASSERT_TRUE(disk_.last_retention());
  EXPECT_EQ(*disk_.last_retention(), config_.audit.retention);
}

TEST_F(AuditRecords, AreNotTooOldForAClockThatIsNotBelieved) {
  clock_.set_synchronized(false);
  config_.clock_wait = 2h;  // the machine was started an hour ago
  start();
  granted(kPeer, 22, 1h);
  ASSERT_TRUE(disk_.last_retention());
  EXPECT_GT(disk_.last_retention()->age, std::chrono::days(10'000));
  EXPECT_EQ(disk_.last_retention()->records, config_.audit.retention.records);
}

TEST_F(AuditRecords, ThatAreOldGoOnAHostWhereNothingHappens) {
  start();
  const auto commits = disk_.commits();
  pass(25h);
  EXPECT_EQ(disk_.commits(), commits + 1);
}

}  // namespace
}  // namespace jitgate
