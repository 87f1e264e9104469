#include <gtest/gtest.h>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

constexpr const char* kRequest =
    R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]})";

struct Row {
  const char* name;
  std::string bytes;
  unsigned stranger, reader, requester, root;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

/// grant-1 is the requester's own.
class RoleMatrix : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    api_.start();
    api_.become_requester();
    ASSERT_EQ(call(api_.socket(), post("/v1/requests", kRequest)).status, 201u);
  }
  unsigned status() { return call(api_.socket(), GetParam().bytes).status; }

  RunningApi api_;
};

TEST_P(RoleMatrix, Stranger) {
  api_.become_stranger();
  EXPECT_EQ(status(), GetParam().stranger);
}
TEST_P(RoleMatrix, Reader) {
  api_.become_reader();
  EXPECT_EQ(status(), GetParam().reader);
}
TEST_P(RoleMatrix, Requester) {
  EXPECT_EQ(status(), GetParam().requester);
}
TEST_P(RoleMatrix, Root) {
  api_.become_root();
  EXPECT_EQ(status(), GetParam().root);
}

INSTANTIATE_TEST_SUITE_P(
    , RoleMatrix,
    testing::Values(
        Row{"Health", get("/healthz"), 200, 200, 200, 200},                                                //
        Row{"Status", get("/v1/status"), 403, 200, 403, 200},                                              //
        Row{"Doctor", get("/v1/doctor"), 403, 200, 403, 200},                                              //
        Row{"Policy", get("/v1/policy"), 403, 200, 403, 200},                                              //
        Row{"PolicyCheck", post("/v1/policy/check", R"({"yaml": "version: 1"})"), 403, 200, 403, 200},     //
        Row{"Requests", post("/v1/requests", kRequest), 403, 403, 201, 201},                               //
        Row{"Grants", get("/v1/grants"), 403, 200, 200, 200},                                              //
        Row{"Revoke", post("/v1/grants/grant-1/revoke", "{}"), 403, 403, 200, 200},                        //
        Row{"Extend", post("/v1/grants/grant-1/extend", R"({"duration": "PT30M"})"), 403, 403, 201, 201},  //
        Row{"Unlock", post("/v1/unlock", R"({"duration": "PT15M", "justification": "fire"})"), 403, 403, 403, 201},
        Row{"Enable", post("/v1/enable", "{}"), 403, 403, 403, 200},                     //
        Row{"Disable", post("/v1/disable", "{}"), 403, 403, 403, 200},                   //
        Row{"Audit", get("/v1/audit"), 403, 200, 403, 200},                              //
        Row{"AuditVerify", post("/v1/audit/verify", "{}"), 403, 200, 403, 200},          //
        Row{"Waiting", get("/v1/requests"), 403, 200, 200, 200},                         //
        Row{"Approve", post("/v1/requests/grant-1/approve", "{}"), 403, 403, 404, 404},  //
        Row{"Deny", post("/v1/requests/grant-1/deny", "{}"), 403, 403, 404, 404},        //
        Row{"Metrics", get("/metrics"), 403, 200, 403, 200},                             //
        Row{"Explain", get("/v1/explain?source=203.0.113.7&port=22"), 403, 200, 403, 200},
        Row{"Acknowledge", post("/v1/exposures/acknowledge", R"({"number": 22})"), 403, 403, 403, 200},
        Row{"Nothing", get("/v1/nothing"), 404, 404, 404, 404}),
    [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.name); });

TEST(ApiAccess, ARefusedCallIsReportedWithTheCaller) {
  RunningApi api;
  api.start();
  api.become_stranger();
  const RawResponse response = call(api.socket(), post("/v1/disable", "{}"));
  EXPECT_EQ(response.json().at("error").at("code").as_string(), "NotPermitted");
  const auto refusals = api.on_loop([&] { return api.agent.refusals; });
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].operation, "lock.disable");
  EXPECT_EQ(refusals[0].caller.name, "cas");
  EXPECT_EQ(refusals[0].caller.peer, "uid 1002, pid 4244");
  EXPECT_EQ(refusals[0].why.code, errc::not_permitted);
}

TEST(ApiAccess, SomebodyElsesGrantStays) {
  RunningApi api;
  api.start();
  ASSERT_EQ(call(api.socket(), post("/v1/requests", kRequest)).status, 201u);
  api.become_requester();
  EXPECT_EQ(call(api.socket(), post("/v1/grants/grant-1/revoke", "{}")).status, 403u);
  EXPECT_EQ(call(api.socket(), get("/v1/grants")).json().as_array().size(), 0u);
  EXPECT_TRUE(api.on_loop([&] { return api.agent.records.at(0).active(); }));
}

TEST(ApiAccess, FollowsAChangeOfTheRulesWithinAConnection) {
  RunningApi api;
  api.start();
  api.become_reader();
  RawClient client(api.socket());
  EXPECT_EQ(client.exchange(get("/v1/status")).status, 200u);
  api.on_loop([&] { api.agent.config_.access.reader.groups = {"wheel"}; });
  EXPECT_EQ(client.exchange(get("/v1/status")).status, 403u);
}

TEST(ApiAccess, NothingInTheRequestNamesTheCaller) {
  RunningApi api;
  api.start();
  api.become_requester();
  const RawResponse response =
      call(api.socket(),
           "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Basic cm9vdDo=\r\n"
           "X-Remote-User: root\r\nContent-Length: " +
               std::to_string(std::string_view(kRequest).size()) + "\r\n\r\n" + kRequest);
  EXPECT_EQ(response.json().at("requestor").as_string(), "ann");
}

}  // namespace
}  // namespace jitgate
