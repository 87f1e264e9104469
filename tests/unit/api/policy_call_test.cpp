// PUT and DELETE of the policy: the API's own, and Azure's resource.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/unit/api/azure_recording.hpp"
#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

const std::string kScope = "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Security/locations/westeurope";
const std::string kPolicy = kScope + "/jitNetworkAccessPolicies/default?api-version=2020-01-01";

std::string send_json(const std::string& verb, const std::string& target, const std::string& body) {
  return verb + " " + target +
         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string erase(const std::string& target) {
  return "DELETE " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

std::string azure_body(const std::string& machine, const std::string& rest = {}) {
  return R"({"kind": "Basic", "properties": {"virtualMachines": [{"id": )"
         R"("/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/)" +
         machine + "\"" + rest + "}]}}";
}

class PolicyCalls : public testing::Test {
 protected:
  PolicyCalls() {
    api_.agent.config_.policy_authority = PolicyAuthority::api;
    api_.agent.config_.policy.ports.clear();
  }
  void SetUp() override { api_.start(); }
  RawResponse send(const std::string& bytes) { return call(api_.socket(), bytes); }
  RawResponse put(const std::string& body) { return send(send_json("PUT", "/v1/policy", body)); }
  RawResponse put_azure(const std::string& body) { return send(send_json("PUT", kPolicy, body)); }
  std::vector<PolicyPort> ports() {
    return api_.on_loop([&] { return api_.agent.config_.policy.ports; });
  }
  /// The target of the first mistake.
  static std::string target_of(const RawResponse& response) {
    return std::string(response.json().at("error").at("target").as_string());
  }

  RunningApi api_;
};

TEST_F(PolicyCalls, PutAnswersWithThePolicyAsGetShowsIt) {
  const auto response = put(
      R"({"ports": [{"number": 22, "protocol": "TCP", "allowedSourceAddressPrefix": "10.0.0.0/8",
          "maxRequestAccessDuration": "PT1H", "requireApproval": true, "onExpiry": {"keepAtMost": "PT8H"}}]})");
  ASSERT_EQ(response.status, 200u) << response.body;
  EXPECT_EQ(response.json(), send(get("/v1/policy")).json());
  EXPECT_EQ(response.json().at("authority").as_string(), "api");
  ASSERT_EQ(ports().size(), 1u);
  const auto port = ports()[0];
  EXPECT_EQ(port.allowed_sources, std::vector{AddressPrefix::parse("10.0.0.0/8").value()});
  EXPECT_EQ(port.max_duration, std::chrono::hours(1));
  EXPECT_TRUE(port.require_approval);
  EXPECT_EQ(std::get<KeepAtMost>(port.on_expiry).after, std::chrono::hours(8));
}

TEST_F(PolicyCalls, WhatIsLeftOutIsTheFieldsDefault) {
  ASSERT_EQ(put("{}").status, 200u);
  EXPECT_EQ(ports(), std::vector{FakeAgent::default_port()});
  ASSERT_EQ(put(R"({"ports": [{"number": 3389, "protocol": "TCP"}]})").status, 200u);
  EXPECT_EQ(ports(), std::vector{default_policy_port(PortNumber::from(3389).value(), Protocol::tcp)});
  EXPECT_EQ(json::serialize(send(get("/v1/policy")).json().at("recommendedPorts")), "[22,3389,5985,5986]");
}

TEST_F(PolicyCalls, AFileOfPortsIsReadAsTheConfigurationIs) {
  const std::string yaml = "ports:\\n  - {number: 22, protocol: TCP}\\n";
  ASSERT_EQ(put(R"({"yaml": ")" + yaml + R"(", "name": "ports.yaml"})").status, 200u);
  EXPECT_EQ(ports(), std::vector{FakeAgent::default_port()});
  const auto wrong = put(R"({"yaml": "ports:\n  - {number: 0, protocol: TCP}\n", "name": "ports.yaml"})");
  EXPECT_EQ(wrong.status, 400u);
  EXPECT_NE(wrong.body.find("ports.yaml:2:14: ports[0].number"), std::string::npos) << wrong.body;
}

TEST_F(PolicyCalls, EveryMistakeIsNamedAndNothingChanges) {
  ASSERT_EQ(put("{}").status, 200u);
  for (const auto& [body, target] :
       {std::pair<std::string, const char*>{R"({"ports": []})", "ports"},
        {R"({"ports": 22})", "ports"},
        {R"({"ports": [22]})", "ports[0]"},
        {R"({"ports": null})", "ports"},
        {R"({"ports": [{"number": 70000, "protocol": "TCP"}]})", "ports[0].number"},
        {R"({"ports": [{"number": 22}]})", "ports[0].protocol"},
        {R"({"ports": [{"number": 22, "protocol": "TCP", "allowedSourceAddressPrefix": "10.0.0.1/8"}]})",
         "ports[0].allowedSourceAddressPrefix"},
        {R"({"ports": [{"number": 22, "protocol": "TCP", "maxRequestAccessDuration": "PT1S"}]})",
         "ports[0].maxRequestAccessDuration"},
        {R"({"ports": [{"number": 22, "protocol": "TCP"}, {"number": 22, "protocol": "*"}]})", "ports[1]"},
        {R"({"ports": [{"number": 22, "protocol": "TCP", "more": 1}]})", "ports[0].more"},
        {R"({"alwaysAllow": []})", "alwaysAllow"},
        {R"({"yaml": "ports: []", "ports": []})", "ports"}}) {
    const auto response = put(body);
    EXPECT_EQ(response.status, 400u) << body;
    EXPECT_EQ(target_of(response), target) << body << response.body;
  }
  const auto two = put(R"({"ports": [{"number": 0, "protocol": "TCP"}, {"number": 22, "protocol": "X"}]})");
  EXPECT_EQ(two.json().at("error").at("details").as_array().size(), 2u) << two.body;
  EXPECT_EQ(ports(), std::vector{FakeAgent::default_port()});
}

TEST_F(PolicyCalls, DeleteTakesItAwayAndMayBeSentAgain) {
  ASSERT_EQ(put("{}").status, 200u);
  EXPECT_EQ(send(erase("/v1/policy")).status, 204u);
  EXPECT_TRUE(ports().empty());
  EXPECT_EQ(send(erase("/v1/policy")).status, 204u);
}

TEST_F(PolicyCalls, TheFilesPolicyIsNotChangedHere) {
  api_.on_loop([&] { api_.agent.config_.policy_authority = PolicyAuthority::file; });
  EXPECT_EQ(put("{}").status, 409u);
  EXPECT_EQ(send(erase("/v1/policy")).status, 409u);
}

TEST_F(PolicyCalls, AzuresPutIs200WithTheResourceAndDelete200Once) {
  EXPECT_EQ(send(get(kPolicy)).status, 404u);
  const AzureRecording recorded("put");
  std::string body = recorded.request_body();
  body.replace(body.find("vm1"), 3, "web-17");
  const auto response = put_azure(body);
  ASSERT_EQ(response.status, 200u) << response.body;
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(response.json(), send(get(kPolicy)).json());
  EXPECT_EQ(json::serialize(response.json().at("properties").at("virtualMachines").at(0).at("ports")),
            json::serialize(recorded.answer().at("properties").at("virtualMachines").at(0).at("ports")));
  const auto deleted = send(erase(kPolicy));
  EXPECT_EQ(deleted.status, 200u);
  EXPECT_EQ(deleted.body, "");
  EXPECT_EQ(send(erase(kPolicy)).status, 204u);
  EXPECT_EQ(send(get(kPolicy)).status, 404u);
  const auto list = send(get(kScope + "/jitNetworkAccessPolicies?api-version=2020-01-01"));
  EXPECT_EQ(list.body, R"({"value":[]})");
}

TEST_F(PolicyCalls, WhatAzureShowsMayBeSentBack) {
  ASSERT_EQ(put_azure(azure_body("web-17")).status, 200u) << "without ports: the default";
  EXPECT_EQ(ports(), std::vector{FakeAgent::default_port()});
  ASSERT_EQ(
      send(post("/v1/requests",
                R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]})"))
          .status,
      201u);
  const auto shown = send(get(kPolicy));
  EXPECT_EQ(put_azure(shown.body).status, 200u);
  EXPECT_EQ(send(get(kPolicy)).json(), shown.json()) << "requests in it ask for nothing";
}

TEST_F(PolicyCalls, WhatAzureHasNoWordForStaysWithAPortThatStays) {
  ASSERT_EQ(put(R"({"ports": [{"number": 22, "protocol": "TCP", "requireApproval": true, "requireJustification": true,
                    "onExpiry": "terminate"}]})")
                .status,
            200u);
  const auto before = ports().at(0);
  ASSERT_EQ(put_azure(azure_body("web-17", R"(, "ports": [{"number": 80, "protocol": "TCP"},
                      {"number": 22, "protocol": "TCP", "maxRequestAccessDuration": "PT1H"}])"))
                .status,
            200u);
  const auto after = ports();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_FALSE(after[0].require_approval);
  EXPECT_TRUE(after[1].require_approval && after[1].require_justification);
  EXPECT_EQ(after[1].on_expiry, before.on_expiry);
  EXPECT_EQ(after[1].max_duration, std::chrono::hours(1));
}

TEST_F(PolicyCalls, AzuresMistakesAreNamed) {
  for (const auto& [body, status, target] :
       {std::tuple<std::string, unsigned, const char*>{"{}", 400, "properties"},
        {R"({"kind": "Fancy", "properties": {}})", 400, "kind"},
        {R"({"properties": {"virtualMachines": []}})", 400, "properties.virtualMachines"},
        {azure_body("web-18"), 400, "properties.virtualMachines[0].id"},
        {azure_body("web-17", R"(, "ports": [{"number": 22, "protocol": "TCP", "requireApproval": true}])"), 400,
         "properties.virtualMachines[0].ports[0].requireApproval"},
        {azure_body("web-17", R"(, "ports": [{"number": 70000, "protocol": "TCP"}])"), 400,
         "properties.virtualMachines[0].ports[0].number"},
        {azure_body("web-17", R"(, "publicIpAddress": "192.0.2.1")"), 400,
         "properties.virtualMachines[0].publicIpAddress"}}) {
    const auto response = put_azure(body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_EQ(target_of(response), target) << body << response.body;
  }
  const auto second =
      send(send_json("PUT", kScope + "/jitNetworkAccessPolicies/other?api-version=2020-01-01", azure_body("web-17")));
  EXPECT_EQ(second.status, 409u);
  EXPECT_TRUE(ports().empty());
}

TEST_F(PolicyCalls, WithoutAPolicyNothingCanBeInitiated) {
  const auto initiated = send(post(
      kScope + "/jitNetworkAccessPolicies/default/initiate?api-version=2020-01-01",
      R"({"virtualMachines": [{"id": "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/web-17",
                                       "ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]}]})"));
  EXPECT_EQ(initiated.status, 404u) << initiated.body;
}

TEST_F(PolicyCalls, ANameWithAnEncodedSlashIsNoResource) {
  for (const char* name : {"pol%2Ficy%201", "pol%2ficy", "a%2Fb%2Fc"}) {
    const std::string target = kScope + "/jitNetworkAccessPolicies/" + name + "?api-version=2020-01-01";
    for (const auto& request : {get(target), send_json("PUT", target, azure_body("web-17")), erase(target)}) {
      const auto response = send(request);
      EXPECT_EQ(response.status, 404u) << request;
      EXPECT_EQ(response.json().at("error").at("code").as_string(), "ResourceNotFound") << request;
    }
  }
  EXPECT_EQ(send(get("/v1/grants%2F")).status, 400u);
  EXPECT_EQ(send(get(kScope + "/jitNetworkAccessPolicies/a%2F%00b")).status, 400u) << "nothing else is overlooked";
}

}  // namespace
}  // namespace jitgate
