#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

constexpr const char* kRequest =
    R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}], "justification": "INC-1"})";

class ApiCalls : public testing::Test {
 protected:
  void SetUp() override { api_.start(); }
  RawResponse send(const std::string& bytes) { return call(api_.socket(), bytes); }

  RunningApi api_;
};

TEST_F(ApiCalls, StatusHasTheContractsShape) {
  EXPECT_EQ(send(get("/v1/status")).json(), boost::json::parse(R"({
    "host": "web-17", "version": "0.1.0", "mode": "enforce", "policyAuthority": "file", "state": "enforcing",
    "inSync": true, "reasons": [],
    "backend": {"name": "nftables", "ownsTable": true},
    "ports": [{"number": 22, "protocol": "TCP", "locked": true, "effective": "locked", "exposures": [], "activeGrants": 0,
               "lastSevenDays": {"approvedRequests": 0, "lastAccess": null, "lastUser": null}}],
    "grants": {"active": 0, "pending": 0}, "drift": 0, "deniedPackets": 0, "trialEndsUtc": null,
    "sources": [{"name": "local", "type": "local", "state": "ready", "lastSync": "2026-11-21T18:00:00Z", "lastError": null}]})"));
}

TEST_F(ApiCalls, ARequestBecomesAGrant) {
  const RawResponse response = send(post("/v1/requests", kRequest));
  EXPECT_EQ(response.status, 201u);
  EXPECT_EQ(response.content_type, "application/json");
  const boost::json::value grant = response.json();
  EXPECT_TRUE(grant.at("open").as_bool());
  EXPECT_EQ(grant.at("id").as_string(), "grant-1");
  EXPECT_EQ(grant.at("requestor").as_string(), "root");
  EXPECT_EQ(grant.at("justification").as_string(), "INC-1");
  EXPECT_EQ(grant.at("ports").at(0).at("endTimeUtc").as_string(), "2026-11-21T19:00:00Z");
  EXPECT_EQ(grant.at("ports").at(0).at("remainingSeconds").as_int64(), 3600);
}

TEST_F(ApiCalls, AGrantThatIsNotOpenYetIs202WithTheReason) {
  api_.on_loop([&] { api_.agent.opens_at_once = false; });
  const RawResponse response = send(post("/v1/requests", kRequest));
  EXPECT_EQ(response.status, 202u);
  EXPECT_FALSE(response.json().at("open").as_bool());
  EXPECT_EQ(response.json().at("pendingReason").as_string(), "the kernel refused the batch; it is tried again");
}

TEST_F(ApiCalls, ARefusalByThePolicyIs422WithEveryRule) {
  const RawResponse response =
      send(post("/v1/requests",
                R"({"ports": [{"number": 23, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]})"));
  EXPECT_EQ(response.status, 422u);
  EXPECT_EQ(response.json().at("error").at("details").at(0).at("target").as_string(), "ports[0].number");
}

TEST_F(ApiCalls, AMalformedRequestChangesNothingAndIsReported) {
  EXPECT_EQ(send(post("/v1/requests", R"({"ports": [{"number": 0}]})")).status, 400u);
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.requests_begun; }), 0u);
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.refusals.at(0).operation; }), "request");
}

TEST_F(ApiCalls, RevokeEndsAndAllShowsHistory) {
  ASSERT_EQ(send(post("/v1/requests", kRequest)).status, 201u);
  const RawResponse revoked = send(post("/v1/grants/grant-1/revoke", R"({"terminate": true})"));
  EXPECT_EQ(revoked.status, 200u);
  EXPECT_EQ(revoked.json().at("terminated").as_int64(), 2);
  EXPECT_EQ(send(get("/v1/grants")).json().as_array().size(), 0u);
  const boost::json::value all = send(get("/v1/grants?all=true")).json();
  EXPECT_EQ(all.at(0).at("ports").at(0).at("statusReason").as_string(), "UserRequested");
}

TEST_F(ApiCalls, ExtendGivesANewerGrant) {
  ASSERT_EQ(send(post("/v1/requests", kRequest)).status, 201u);
  const RawResponse extended = send(post("/v1/grants/grant-1/extend", R"({"duration": "PT2H"})"));
  EXPECT_EQ(extended.status, 201u);
  EXPECT_EQ(extended.json().at("id").as_string(), "grant-2");
  EXPECT_EQ(send(post("/v1/grants/none/extend", R"({"duration": "PT2H"})")).status, 404u);
}

TEST_F(ApiCalls, PolicySpeaksTheConfigurationsNames) {
  EXPECT_EQ(send(get("/v1/policy")).json(), boost::json::parse(R"({
    "authority": "file", "recommendedPorts": [22, 3389, 5985, 5986],
    "ports": [{"number": 22, "protocol": "TCP", "allowedSourceAddressPrefix": "*", "maxRequestAccessDuration": "PT3H",
               "requireApproval": false, "requireJustification": false, "onExpiry": "keep"}],
    "alwaysAllow": ["192.0.2.10"], "minimumPrefixLength": {"ipv4": 24, "ipv6": 56}})"));
}

TEST_F(ApiCalls, PolicyCheckListsEveryError) {
  EXPECT_TRUE(send(post("/v1/policy/check",
                        R"({"yaml": "version: 1\npolicy: {ports: []}\nenforcement: {existingRules: override}\n"})"))
                  .json()
                  .at("valid")
                  .as_bool());
  const boost::json::value verdict =
      send(
          post(
              "/v1/policy/check",
              R"({"yaml": "version: 1\npolicy: {ports: []}\nenforcement: {existingRules: override}\nnope: 1\nnada: 2\n", "name": "x.yaml"})"))
          .json();
  EXPECT_FALSE(verdict.at("valid").as_bool());
  EXPECT_GE(verdict.at("errors").as_array().size(), 2u);
  const std::string first(verdict.at("errors").at(0).at("message").as_string().c_str());
  const std::string target(verdict.at("errors").at(0).at("target").as_string().c_str());
  EXPECT_NE((target + first).find("x.yaml:4:1"), std::string::npos) << target << " " << first;
}

TEST_F(ApiCalls, UnlockPassesItsOptions) {
  const RawResponse response =
      send(post("/v1/unlock", R"({"duration": "PT15M", "source": "203.0.113.0/24", "justification": "fire"})"));
  EXPECT_EQ(response.status, 201u);
  const UnlockOptions options = api_.on_loop([&] { return api_.agent.unlocks.at(0); });
  EXPECT_EQ(options.duration, std::chrono::minutes(15));
  EXPECT_EQ(options.source->to_string(), "203.0.113.0/24");
  EXPECT_EQ(options.justification, "fire");
}

TEST_F(ApiCalls, EnableAndDisableAnswerWithTheStatusAfterwards) {
  EXPECT_EQ(send(post("/v1/disable", "")).json().at("state").as_string(), "disabled");
  const boost::json::value status = send(post("/v1/enable", R"({"confirmWithin": "PT1M"})")).json();
  EXPECT_EQ(status.at("state").as_string(), "enforcing");
  EXPECT_EQ(status.at("trialEndsUtc").as_string(), "2026-11-21T18:01:00Z");
}

TEST_F(ApiCalls, AuditComesInFourFormats) {
  api_.on_loop([&] {
    AuditEvent event;
    event.sequence = 1;
    event.at = api_.agent.clock_.wall_now();
    event.operation = "grant.open";
    event.outcome = "Succeeded";
    event.justification = "line\nbreak, \"quoted\"";
    api_.agent.events = {event, event};
  });
  const RawResponse json = send(get("/v1/audit?since=2026-11-20T00:00:00Z"));
  EXPECT_EQ(json.json().as_array().size(), 2u);
  EXPECT_EQ(json.json().at(1).at("justification").as_string(), "line\nbreak, \"quoted\"");
  EXPECT_EQ(send(get("/v1/audit?format=csv")).content_type, "text/csv; charset=utf-8");
  const RawResponse lines = send(get("/v1/audit?format=jsonl"));
  EXPECT_EQ(lines.content_type, "application/x-ndjson");
  EXPECT_EQ(std::ranges::count(lines.body, '\n'), 2);
  EXPECT_EQ(send(get("/v1/audit?format=table")).content_type, "text/plain; charset=utf-8");
  const boost::json::value verified = send(post("/v1/audit/verify", "{}")).json();
  EXPECT_EQ(verified.at("verified").as_int64(), 2);
  EXPECT_EQ(verified.at("first").as_int64(), 1);
  EXPECT_TRUE(verified.at("head").as_string().starts_with("2:"));
  api_.on_loop([&] { api_.agent.events.clear(); });
  EXPECT_EQ(send(get("/v1/audit")).body, "[]");
}

TEST_F(ApiCalls, AuditLinksToOlderRecords) {
  api_.on_loop([&] {
    api_.agent.events = {AuditEvent{}, AuditEvent{}};
    api_.agent.events[0].sequence = 41;
  });
  EXPECT_EQ(send(get("/v1/audit")).link, "");
  api_.on_loop([&] { api_.agent.older_events = true; });
  EXPECT_EQ(send(get("/v1/audit")).link, "</v1/audit?before=41>; rel=\"next\"");
}

TEST_F(ApiCalls, HealthSaysNothingElse) {
  EXPECT_EQ(send(get("/healthz")).body, R"({"status":"ok"})");
}

TEST_F(ApiCalls, AFailureOfTheAgentKeepsItsCode) {
  api_.on_loop([&] { api_.agent.fails_with = error(errc::store_failed, "the disk is full"); });
  const RawResponse response = send(post("/v1/requests", kRequest));
  EXPECT_EQ(response.status, 503u);
  EXPECT_EQ(response.json().at("error").at("message").as_string(), "the disk is full");
}

TEST_F(ApiCalls, AnExceptionIs500AndTheServerLives) {
  api_.on_loop([&] { api_.agent.throws = true; });
  EXPECT_EQ(send(post("/v1/requests", kRequest)).status, 500u);
  EXPECT_EQ(send(get("/healthz")).status, 200u);
}

}  // namespace
}  // namespace jitgate
