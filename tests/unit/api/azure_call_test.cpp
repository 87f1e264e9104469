#include <gtest/gtest.h>

#include "agent/api/router.hpp"
#include "agent/model/timestamp.hpp"
#include "tests/unit/api/azure_recording.hpp"
#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

const std::string kScope = "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Security/locations/westeurope";
const std::string kPolicy = kScope + "/jitNetworkAccessPolicies/default";
const std::string kVersion = "?api-version=2020-01-01";
const std::string kMachine = "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/web-17";

std::string initiate_body(const std::string& port, const std::string& machine = kMachine) {
  return R"({"virtualMachines": [{"id": ")" + machine + R"(", "ports": [)" + port + R"(]}], "justification": "INC-1"})";
}

const std::string kPort = R"({"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"})";

class AzureCalls : public testing::Test {
 protected:
  void SetUp() override { api_.start(); }
  RawResponse send(const std::string& bytes) { return call(api_.socket(), bytes); }
  RawResponse initiate(const std::string& body) { return send(post(kPolicy + "/initiate" + kVersion, body)); }
  static std::string code_of(const RawResponse& response) {
    return std::string(response.json().at("error").at("code").as_string());
  }

  RunningApi api_;
};

TEST_F(AzureCalls, InitiateIs202AndTheGrantShowsInThePolicy) {
  const RawResponse response = initiate(initiate_body(kPort));
  EXPECT_EQ(response.status, 202u) << response.body;
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
  const RawResponse policy = send(get(kPolicy + kVersion));
  EXPECT_EQ(policy.status, 200u);
  EXPECT_EQ(policy.json().at("properties").at("requests").at(0), response.json());
  EXPECT_EQ(policy.json().at("properties").at("virtualMachines").at(0).at("id").as_string(), kMachine);
  EXPECT_EQ(policy.json().at("id").as_string(), kPolicy);
}

TEST_F(AzureCalls, ARequestThatHasEndedStaysInThePolicy) {
  ASSERT_EQ(initiate(initiate_body(kPort)).status, 202u);
  ASSERT_EQ(send(post("/v1/grants/grant-1/revoke", "{}")).status, 200u);
  const auto policy = send(get(kPolicy + kVersion)).json();
  const auto& port = policy.at("properties").at("requests").at(0).at("virtualMachines").at(0).at("ports").at(0);
  EXPECT_EQ(port.at("status").as_string(), "Revoked");
  EXPECT_EQ(port.at("statusReason").as_string(), "UserRequested");
}

TEST_F(AzureCalls, EachListHoldsThePolicyUnderTheScopeThatWasAsked) {
  const std::string provider = "/providers/Microsoft.Security";
  for (const auto& [path, id] : {std::pair{"/subscriptions/s1" + provider,
                                           "/subscriptions/s1/resourceGroups/jitgate" + provider + "/locations/local"},
                                 std::pair{"/subscriptions/s1" + provider + "/locations/eu",
                                           "/subscriptions/s1/resourceGroups/jitgate" + provider + "/locations/eu"},
                                 std::pair{"/subscriptions/s1/resourceGroups/rg1" + provider,
                                           "/subscriptions/s1/resourceGroups/rg1" + provider + "/locations/local"},
                                 std::pair{kScope, kScope}}) {
    const RawResponse list = send(get(path + "/jitNetworkAccessPolicies" + kVersion));
    ASSERT_EQ(list.status, 200u) << path;
    const auto body = list.json();
    ASSERT_EQ(body.at("value").as_array().size(), 1u) << path;
    EXPECT_EQ(body.at("value").at(0).at("id").as_string(), id + "/jitNetworkAccessPolicies/default");
    EXPECT_FALSE(body.as_object().contains("nextLink")) << "one policy is one page";
  }
}

TEST_F(AzureCalls, AnotherPolicyIsNotFound) {
  const RawResponse missing = send(get(kScope + "/jitNetworkAccessPolicies/nope" + kVersion));
  EXPECT_EQ(missing.status, 404u);
  EXPECT_EQ(code_of(missing), AzureRecording("not-found").answer().at("error").at("code").as_string());
  const RawResponse refused =
      send(post(kScope + "/jitNetworkAccessPolicies/nope/initiate" + kVersion, initiate_body(kPort)));
  EXPECT_EQ(refused.status, 404u);
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.refusals.at(0).operation; }),
            "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action");
}

TEST_F(AzureCalls, TheApiVersionMustBeOurs) {
  for (const char* query : {"", "?api-version=2015-06-01-preview", "?api-version=2020-01-01&api-version=2020-01-01",
                            "?api-version=2020-01-01&$top=1"}) {
    EXPECT_EQ(send(get(kPolicy + query)).status, 400u) << query;
  }
}

TEST_F(AzureCalls, AnOmittedSourceIsRefusedOnTheSocket) {
  const RawResponse response = initiate(initiate_body(R"({"number": 22, "duration": "PT1H"})"));
  EXPECT_EQ(response.status, 400u);
  EXPECT_EQ(response.json().at("error").at("target").as_string(),
            "virtualMachines[0].ports[0].allowedSourceAddressPrefix");
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.requests_begun; }), 0u);
}

TEST_F(AzureCalls, AnotherMachineIsRefused) {
  const RawResponse response = initiate(initiate_body(kPort, kMachine + "8"));
  EXPECT_EQ(response.status, 400u);
  EXPECT_EQ(response.json().at("error").at("target").as_string(), "virtualMachines[0].id");
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.requests_begun; }), 0u);
}

TEST_F(AzureCalls, ARefusalByThePolicyIs400WithEveryRule) {
  const RawResponse response =
      initiate(initiate_body(R"({"number": 23, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"})"));
  EXPECT_EQ(response.status, 400u);
  EXPECT_EQ(code_of(response), "InvalidRequest");
  EXPECT_EQ(response.json().at("error").at("details").as_array().size(), 1u);
}

TEST_F(AzureCalls, WhatIsMissingIsNamed) {
  for (const auto& [body, target] :
       {std::pair<std::string, const char*>{"{}", "virtualMachines"},
        {R"({"virtualMachines": []})", "virtualMachines"},
        {R"({"virtualMachines": [{"id": "web-17", "ports": []}]})", "virtualMachines[0].id"},
        {initiate_body(""), "virtualMachines[0].ports"},
        {initiate_body(R"({"number": 70000, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"})"),
         "virtualMachines[0].ports[0].number"},
        {initiate_body(R"({"number": 22, "allowedSourceAddressPrefix": "203.0.113.7"})"),
         "virtualMachines[0].ports[0].duration"},
        {R"({"virtualMachines": [{}, {}]})", "virtualMachines"}}) {
    const RawResponse response = initiate(body);
    EXPECT_EQ(response.status, 400u) << body;
    EXPECT_EQ(response.json().at("error").at("target").as_string(), target) << body;
  }
}

TEST_F(AzureCalls, AnInitiateThatIsSentAgainIsKnownByItsId) {
  std::string request = post(kPolicy + "/initiate" + kVersion, initiate_body(kPort));
  request.insert(request.find("\r\n") + 2, "x-ms-client-request-id: 048ba45b-5658\r\n");
  ASSERT_EQ(send(request).status, 202u);
  const auto known = api_.on_loop([&] { return api_.agent.last_client_request; });
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, "048ba45b-5658");
  EXPECT_EQ(known->body, sha256(initiate_body(kPort) + "\n203.0.113.7"));
}

TEST_F(AzureCalls, TheFilesPolicyIsNotChangedHere) {
  const AzureRecording recorded("put");
  const std::string put = "PUT " + recorded.url() + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
                          "Content-Length: " + std::to_string(recorded.request_body().size()) + "\r\n\r\n" +
                          recorded.request_body();
  const RawResponse refused = send(put);
  EXPECT_EQ(refused.status, 409u);
  EXPECT_EQ(code_of(refused), "Conflict");
  const auto erase = [&](const std::string& path) {
    return send("DELETE " + path + kVersion + " HTTP/1.1\r\nHost: x\r\n\r\n");
  };
  EXPECT_EQ(erase(kPolicy).status, 409u);
  EXPECT_EQ(erase(kScope + "/jitNetworkAccessPolicies/nope").status, 204u);
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.config_.policy.ports.size(); }), 1u);
  api_.become_reader();
  EXPECT_EQ(send(put).status, 403u);
  EXPECT_EQ(erase(kPolicy).status, 403u);
}

TEST_F(AzureCalls, TheRoleDecides) {
  api_.become_stranger();
  EXPECT_EQ(code_of(send(get(kPolicy + kVersion))), "AuthorizationFailed");
  api_.become_requester();
  EXPECT_EQ(send(get(kPolicy + kVersion)).status, 403u);
  EXPECT_EQ(initiate(initiate_body(kPort)).status, 202u);
  api_.become_reader();
  EXPECT_EQ(send(get(kPolicy + kVersion)).status, 200u);
  EXPECT_EQ(initiate(initiate_body(kPort)).status, 403u);
}

Result<ApiCall> decode_recorded(const AzureRecording& recording, const std::optional<AddressPrefix>& caller) {
  const auto match = find_route(http::verb::post, recording.url());
  return decode_call(*match, recording.request_body(), {}, caller);
}

TEST(AzureInitiate, DecodesWhatTheSdkSends) {
  const Result<ApiCall> decoded = decode_recorded(AzureRecording("initiate"), {});
  ASSERT_TRUE(decoded) << describe(decoded.error());
  const auto& initiated = std::get<InitiateAzureRequest>(*decoded);
  EXPECT_EQ(initiated.machine, "vm1");
  EXPECT_EQ(initiated.path.name, "default");
  EXPECT_EQ(initiated.request.justification, "testing a new version of the product");
  ASSERT_EQ(initiated.request.ports.size(), 1u);
  const PortRequest& port = initiated.request.ports[0];
  EXPECT_EQ(port.number.value(), 22);
  EXPECT_EQ(port.protocol, std::nullopt) << "an Azure request gets the policy's";
  EXPECT_EQ(port.sources, std::vector{AddressPrefix::parse("192.127.0.2").value()});
  EXPECT_EQ(std::get<WallTime>(port.until), parse_timestamp("2030-05-17T09:06:45Z").value());
}

TEST(AzureInitiate, AnOmittedSourceIsTheCallersAddress) {
  const AzureRecording recording("initiate-without-source");
  const AddressPrefix caller = AddressPrefix::parse("192.127.0.2").value();
  const Result<ApiCall> decoded = decode_recorded(recording, caller);
  ASSERT_TRUE(decoded) << describe(decoded.error());
  EXPECT_EQ(std::get<InitiateAzureRequest>(*decoded).request.ports.at(0).sources, std::vector{caller});
  EXPECT_FALSE(decode_recorded(recording, {}));
}

}  // namespace
}  // namespace jitgate
