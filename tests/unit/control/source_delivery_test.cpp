// What sources deliver, up to the opening.

#include "tests/unit/control/source_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class SourceDelivery : public SourceRig {
 protected:
  void SetUp() override {
    start();
    ASSERT_TRUE(deliver(snapshot({})));
  }
};

TEST_F(SourceDelivery, AGrantOpensAndClosesOnTime) {
  ASSERT_TRUE(publish("g-1", kPeer, 1h));
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(stored("g-1").source, "hub");
  pass(1h);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::expired);
}

TEST_F(SourceDelivery, TheAuditNamesRequestorApproverAndSource) {
  ASSERT_TRUE(deliver(change({{"k", document("g-1", kPeer, 1h, 22, "approver@example.com")}})));
  const auto& event = disk_.audit_trail().back();
  EXPECT_EQ(event.operation, "grant.open");
  EXPECT_EQ(event.caller, "source hub");
  EXPECT_EQ(event.reason, "requested by requester@example.com; approved by approver@example.com; not signed");
}

TEST_F(SourceDelivery, WhatThePolicyForbidsIsRefusedAndRecordedOnce) {
  const auto bad = document("g-1", kPeer, 1h, 23);
  ASSERT_TRUE(deliver(change({{"k", bad}})));
  ASSERT_TRUE(deliver(snapshot({{"k", bad}})));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 1U);
  EXPECT_NE(last_refusal().find("23/TCP is not in the policy"), std::string::npos) << last_refusal();
  ASSERT_TRUE(deliver(snapshot({{"k", document("g-1", kPeer, 1h, 24)}})));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 2U) << "another fault is news";
}

TEST_F(SourceDelivery, AGrantForAnotherHostIsRefused) {
  auto record = make_record(clock_, "g-1", {grant_port(22, Protocol::tcp, kPeer, clock_.wall_now() + 1h)});
  record.grant.virtual_machine = "web-18";
  ASSERT_TRUE(deliver(change({{"k", write_grant_document(record.grant)}})));
  EXPECT_NE(last_refusal().find("is for another host, web-18"), std::string::npos) << last_refusal();
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceDelivery, GarbageIsRefusedAndTheRestIsTaken) {
  ASSERT_TRUE(deliver(change({{"bad", "{"}, {"good", document("g-1", kPeer, 1h)}})));
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 1U);
}

TEST_F(SourceDelivery, TheSameIdWithOtherBytesIsRefused) {
  ASSERT_TRUE(publish("g-1", kPeer, 1h));
  ASSERT_TRUE(deliver(change({{"other", document("g-1", kStranger, 1h)}}), "mirror"));
  EXPECT_NE(last_refusal().find("known with other content"), std::string::npos) << last_refusal();
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(SourceDelivery, TheSameIdTwiceInOneDeliveryIsTheFirst) {
  ASSERT_TRUE(deliver(change({{"a", document("g-1", kPeer, 1h)}, {"b", document("g-1", kStranger, 1h)}})));
  EXPECT_NE(admits(kPeer, 22), admits(kStranger, 22));
  EXPECT_NE(last_refusal().find("other content"), std::string::npos) << last_refusal();
}

TEST_F(SourceDelivery, AReplayOfARevokedGrantStaysClosed) {
  const auto bytes = document("g-1", kPeer, 1h);
  ASSERT_TRUE(deliver(change({{"k", bytes}})));
  ASSERT_TRUE(call(agent().revoke(administrator(), "g-1", false)));
  ASSERT_TRUE(deliver(snapshot({{"again", bytes}})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_NE(last_refusal().find("has ended, and does not open again"), std::string::npos) << last_refusal();
}

TEST_F(SourceDelivery, AnExpiredDocumentThatIsStillThereIsNoNews) {
  const auto bytes = document("g-1", kPeer, 1h);
  ASSERT_TRUE(deliver(snapshot({{"k", bytes}})));
  pass(2h);
  restart();
  ASSERT_TRUE(deliver(snapshot({{"k", bytes}})));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 0U);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceDelivery, ANewerRequestReplacesTheOlderInWhateverOrder) {
  const auto older = document("g-1", kPeer, 2h);
  clock_.advance(1min);
  const auto newer = document("g-2", kPeer, 1h);
  ASSERT_TRUE(deliver(change({{"b", newer}, {"a", older}})));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::newer_request_initiated);
  EXPECT_EQ(stored_reason("g-2"), StatusReason::none);
  pass(1h);
  EXPECT_FALSE(admits(kPeer, 22)) << "the newer one is shorter";
}

TEST_F(SourceDelivery, ANewerRequestOfAnotherSourceReplacesNothing) {
  ASSERT_TRUE(publish("g-1", kPeer, 2h));
  ASSERT_TRUE(publish("g-2", kPeer, 1h, "mirror"));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::none);
}

TEST_F(SourceDelivery, OneRequestorCannotTakeAllTheRoom) {
  config_.limits.grants_per_requestor = 2;
  restart();
  ASSERT_TRUE(deliver(snapshot({{"1", document("g-1", "203.0.113.1", 1h)},
                                {"2", document("g-2", "203.0.113.2", 1h)},
                                {"3", document("g-3", "203.0.113.3", 1h)}})));
  EXPECT_NE(last_refusal().find("limits.grantsPerRequestor"), std::string::npos) << last_refusal();
  EXPECT_TRUE(admits("203.0.113.2", 22));
  EXPECT_FALSE(admits("203.0.113.3", 22));
}

TEST_F(SourceDelivery, ManyRefusalsAreCountedNotListed) {
  std::vector<DeliveredDocument> documents;
  for (int i = 0; i < 300; ++i) documents.push_back({"k" + std::to_string(i), "{}"});
  ASSERT_TRUE(deliver(snapshot(std::move(documents))));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 201U);
  EXPECT_NE(last_refusal().find("what follows is counted, not recorded"), std::string::npos) << last_refusal();
  EXPECT_EQ(agent().status().refusals.unrecorded, 99U);
  ASSERT_TRUE(deliver(change({{"more", "{\"a\": 1}"}})));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 201U) << "the minute is not over";
  pass(1min);
  ASSERT_TRUE(deliver(change({{"later", "{\"a\": 1}"}})));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 202U);
}

TEST_F(SourceDelivery, NothingOpensThatTheStoreCannotHold) {
  store().fail_commits(kDiskFull);
  EXPECT_EQ(publish("g-1", kPeer, 1h).error().code, errc::store_failed);
  EXPECT_FALSE(admits(kPeer, 22));
  store().fail_commits(std::nullopt);
  ASSERT_TRUE(deliver(snapshot({{"g-1", document("g-1", kPeer, 1h)}})));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SourceDelivery, NothingOpensWhileTheIdsCannotBeLookedUp) {
  store().fail_known(kDiskFull);
  EXPECT_FALSE(publish("g-1", kPeer, 1h));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceDelivery, ADisabledHostTakesNothingAndAsksAgainWhenEnabled) {
  int resyncs = 0;
  agent().on_resync([&] { ++resyncs; });
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(publish("g-1", kPeer, 1h).error().code, errc::unavailable);
  EXPECT_EQ(resyncs, 0);
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_EQ(resyncs, 1);
}

TEST_F(SourceDelivery, ThePolicyThatChangesWhileItIsWrittenDecides) {
  store().hold_commits();
  const auto delivered = begin(agent().source_sink("hub")->deliver(change({{"k", document("g-1", kPeer, 1h)}})));
  auto narrower = config_;
  std::erase_if(narrower.policy.ports, [](const PolicyPort& port) { return port.number == port_number(22); });
  ASSERT_TRUE(agent().reload(narrower));
  store().release_commits();
  poll();
  ASSERT_TRUE(delivered->has_value());
  EXPECT_EQ(agent().status().active_grants, 0U);
  EXPECT_EQ(stored_reason("g-1"), StatusReason::policy_changed);
}

TEST_F(SourceDelivery, ASourceThatIsNotConfiguredDeliversInVain) {
  EXPECT_EQ(deliver(change({}), "nobody").error().code, errc::not_found);
}

TEST_F(SourceDelivery, APortThatNeedsApprovalNeedsASecondNameToo) {
  config_.policy.ports[0].require_approval = true;
  restart();
  ASSERT_TRUE(deliver(snapshot({{"none", document("g-1", kPeer, 1h)}})));
  EXPECT_NE(last_refusal().find("a second person has to approve this, and none is named"), std::string::npos);
  ASSERT_TRUE(deliver(snapshot({{"self", document("g-2", kPeer, 1h, 22, "Requester@example.com")}})));
  EXPECT_NE(last_refusal().find("not the requestor"), std::string::npos);
  EXPECT_FALSE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(snapshot({{"two", document("g-3", kPeer, 1h, 22, "approver@example.com")}})));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SourceDelivery, ASourceThatMustSignIsRefusedWithoutSignature) {
  source_config("hub").needs_signature = true;
  restart();
  ASSERT_TRUE(publish("g-1", kPeer, 1h));
  EXPECT_NE(last_refusal().find("it is not signed"), std::string::npos) << last_refusal();
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceDelivery, TenThousandInOneSnapshotAllOpen) {
  std::vector<DeliveredDocument> documents;
  config_.limits.grants_per_requestor = 10'000;
  restart();
  for (int i = 0; i < 10'000; ++i) {
    const auto from =
        "10." + std::to_string(i / 2500) + "." + std::to_string(i / 250 % 10) + "." + std::to_string(i % 250 + 1);
    documents.push_back({"k" + std::to_string(i), document("g-" + std::to_string(i), from, 1h)});
  }
  ASSERT_TRUE(deliver(snapshot(documents)));
  EXPECT_EQ(agent().status().active_grants, 10'000U);
  documents.resize(1);
  ASSERT_TRUE(deliver(snapshot(documents)));
  EXPECT_EQ(agent().status().active_grants, 1U);
}

TEST_F(SourceDelivery, TheStatusTellsWhenItWasLastInSync) {
  EXPECT_EQ(source_status("hub").state, "ready");
  EXPECT_EQ(source_status("hub").last_sync, clock_.wall_now());
  EXPECT_EQ(source_status("mirror").state, "connecting");
  agent().source_sink("mirror")->note_problem("connect to mirror port 443: Connection refused");
  EXPECT_EQ(source_status("mirror").state, "unreachable");
  EXPECT_EQ(source_status("mirror").type, "http");
  EXPECT_TRUE(source_status("mirror").last_error.has_value());
  const auto report = agent().status();
  EXPECT_TRUE(mentions(report.reasons, "source mirror: connect to mirror port 443"));
  EXPECT_EQ(report.state, AgentState::enforcing) << "what was granted stays, and nothing else opens";
}

TEST_F(SourceDelivery, AProblemOfASourceThatIsHeardOfIsToldUntilItEnds) {
  const auto sink = agent().source_sink("hub");
  sink->note_problem("one.json: is a symbolic link");
  sink->note_contact();
  EXPECT_EQ(source_status("hub").state, "ready");
  EXPECT_EQ(source_status("hub").last_error, "one.json: is a symbolic link");
  sink->note_problem(std::nullopt);
  EXPECT_EQ(source_status("hub").last_error, std::nullopt);
}

}  // namespace
}  // namespace jitgate
