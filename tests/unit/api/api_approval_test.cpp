#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/router.hpp"
#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

constexpr const char* kRequest =
    R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]})";

std::string marked_post(const std::string& headers) {
  return "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(std::string_view(kRequest).size()) + "\r\n\r\n" + kRequest;
}

/// grant-1 is the requester's, and pending. Eve approves and may do nothing else.
class ApiApproval : public testing::Test {
 protected:
  void SetUp() override {
    api_.agent.config_.access.approver = {{"eve"}, {}};
    api_.agent.holds_requests = true;
    api_.start();
    api_.become_requester();
    ASSERT_EQ(send(post("/v1/requests", kRequest)).status, 202u);
  }
  void become_approver() { api_.become({"eve", 1004, 4245, {"users"}}); }
  RawResponse send(const std::string& bytes) { return call(api_.socket(), bytes); }

  RunningApi api_;
};

TEST_F(ApiApproval, AWaitingRequestIsShownAsItWasAskedFor) {
  const auto list = send(get("/v1/requests")).json();
  ASSERT_EQ(list.as_array().size(), 1u);
  const auto& port = list.at(0).at("ports").at(0).as_object();
  EXPECT_EQ(port.at("status").as_string(), "Initiated");
  EXPECT_EQ(port.at("statusReason").as_string(), "Pending");
  EXPECT_EQ(port.at("duration").as_string(), "PT1H");
  EXPECT_EQ(port.at("remainingSeconds").as_int64(), 0);
  EXPECT_FALSE(port.contains("endTimeUtc")) << "it is fixed when the request is approved";
  EXPECT_EQ(list.at(0).at("decideBy").as_string(), "2026-11-21T21:00:00Z");
}

TEST_F(ApiApproval, AnApproverOpensIt) {
  become_approver();
  const auto response = send(post("/v1/requests/grant-1/approve", "{}"));
  EXPECT_EQ(response.status, 201u);
  EXPECT_EQ(response.json().at("approver").as_string(), "eve");
  EXPECT_TRUE(response.json().at("open").as_bool());
  EXPECT_EQ(send(get("/v1/requests")).json().as_array().size(), 0u);
  EXPECT_EQ(send(post("/v1/requests/grant-1/approve", "{}")).status, 404u);
}

TEST_F(ApiApproval, AnApproverDeniesIt) {
  become_approver();
  const auto response = send(post("/v1/requests/grant-1/deny", "{}"));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.json().at("ports").at(0).at("statusReason").as_string(), "Denied");
}

TEST_F(ApiApproval, AnApproverMayDoNothingElse) {
  become_approver();
  for (const auto& bytes : {post("/v1/requests", kRequest), get("/v1/status"), get("/v1/grants"), get("/v1/audit"),
                            post("/v1/grants/grant-1/revoke", "{}"), post("/v1/disable", "{}")}) {
    EXPECT_EQ(send(bytes).status, 403u) << bytes;
  }
}

TEST_F(ApiApproval, NeitherARequesterNorRootDecides) {
  EXPECT_EQ(send(post("/v1/requests/grant-1/approve", "{}")).status, 403u) << "a requester has not the role";
  api_.become_root();
  EXPECT_EQ(send(post("/v1/requests/grant-1/approve", "{}")).status, 403u);
  EXPECT_EQ(send(post("/v1/requests/grant-1/deny", "{}")).status, 403u);
  EXPECT_TRUE(api_.on_loop([&] { return api_.agent.records.at(0).pending(); }));
}

TEST_F(ApiApproval, TakesNothingBesideTheId) {
  become_approver();
  EXPECT_EQ(send(post("/v1/requests/grant-1/approve", R"({"approver": "bob"})")).status, 400u);
  EXPECT_EQ(send(post("/v1/requests/grant-1/approve?as=bob", "{}")).status, 400u);
  EXPECT_EQ(send(get("/v1/requests?all=true")).status, 400u);
}

TEST_F(ApiApproval, AClientsOwnIdGoesToTheAgentWithWhatItAsks) {
  ASSERT_EQ(send(marked_post("X-MS-Client-Request-Id: 0198c2c0-7b2d\r\n")).status, 202u);
  const auto client = api_.on_loop([&] { return api_.agent.last_client_request; });
  ASSERT_TRUE(client);
  EXPECT_EQ(client->id, "0198c2c0-7b2d");
  EXPECT_EQ(client->body, sha256(kRequest + std::string("\n203.0.113.7")));
  ASSERT_EQ(send(post("/v1/requests", kRequest)).status, 202u);
  EXPECT_FALSE(api_.on_loop([&] { return api_.agent.last_client_request; }));
}

TEST_F(ApiApproval, AMalformedClientIdIsRefused) {
  for (const std::string& headers :
       {std::string("x-ms-client-request-id: \r\n"), std::string("x-ms-client-request-id: a b\r\n"),
        "x-ms-client-request-id: " + std::string(129, 'a') + "\r\n",
        std::string("x-ms-client-request-id: a\r\nX-Ms-Client-Request-Id: b\r\n")}) {
    const auto response = send(marked_post(headers));
    EXPECT_EQ(response.status, 400u) << headers;
    EXPECT_EQ(response.json().at("error").at("target").as_string(), "x-ms-client-request-id");
  }
}

TEST_F(ApiApproval, TooManyCallsSayWhenToTryAgain) {
  auto failure = error(errc::too_many, "more often than limits.requestsPerMinute allows");
  failure.retry_after = std::chrono::seconds(7);
  EXPECT_EQ(error_reply(failure).retry_after, std::chrono::seconds(7));
  api_.on_loop([&] { api_.agent.fails_with = failure; });
  const auto response = send(post("/v1/requests", kRequest));
  EXPECT_EQ(response.status, 429u);
  EXPECT_EQ(response.retry_after, "7");
  api_.on_loop([&] { api_.agent.fails_with = error(errc::too_many, "100 grants already"); });
  EXPECT_EQ(send(post("/v1/requests", kRequest)).retry_after, "") << "waiting does not help";
}

}  // namespace
}  // namespace jitgate
