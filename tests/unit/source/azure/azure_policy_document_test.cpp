#include "agent/source/azure/azure_policy_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"
#include "tests/unit/api/azure_recording.hpp"
#include "tests/unit/source/azure/azure_resource_text.hpp"

namespace jitgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

AzurePolicy read(const std::string& body, const std::string& host = "vm1") {
  const auto policy = read_azure_policy(body, kResource, host);
  EXPECT_TRUE(policy) << describe(policy.error());
  return policy ? *policy : AzurePolicy{};
}

std::string refusal(const std::string& body, const std::string& host = "vm1") {
  const auto policy = read_azure_policy(body, kResource, host);
  return policy ? "read" : describe(policy.error());
}

std::vector<Grant> grants(const AzurePolicy& policy) {
  std::vector<Grant> all;
  for (const DeliveredDocument& document : policy.documents) {
    const auto grant = parse_grant_document(document.document);
    EXPECT_TRUE(grant) << describe(grant.error()) << document.document;
    if (!grant) continue;
    EXPECT_EQ(document.key, grant->id);
    EXPECT_EQ(document.signature, std::nullopt);
    all.push_back(*grant);
  }
  return all;
}

PortNumber port(std::int64_t number) {
  return PortNumber::from(number).value();
}

TEST(AzurePolicyDocument, ARecordedOneIsReadWhole) {
  const AzurePolicy policy = read(boost::json::serialize(AzureRecording("get").answer()));
  EXPECT_THAT(policy.problems, IsEmpty());
  ASSERT_TRUE(policy.ports);
  ASSERT_THAT(*policy.ports, SizeIs(2));
  EXPECT_EQ((*policy.ports)[0], default_policy_port(port(22), Protocol::tcp));
  EXPECT_EQ((*policy.ports)[1].protocol, Protocol::any);
  EXPECT_THAT((*policy.ports)[1].allowed_sources,
              ElementsAre(AddressPrefix::parse("10.0.0.0/8").value(), AddressPrefix::parse("192.0.2.7").value()));
  const auto all = grants(policy);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].virtual_machine, "vm1");
  EXPECT_EQ(all[0].requestor, "barbara@contoso.com");
  EXPECT_EQ(all[0].justification, "testing");
  EXPECT_EQ(all[0].approver, std::nullopt);
  EXPECT_EQ(to_string(all[0].start), "2030-05-17T08:06:45.569161100Z");
  ASSERT_THAT(all[0].ports, SizeIs(1));
  EXPECT_EQ(all[0].ports[0].number, port(22));
  EXPECT_EQ(all[0].ports[0].protocol, Protocol::tcp);
  EXPECT_EQ(all[0].ports[0].source, AddressPrefix::parse("192.127.0.2").value());
  EXPECT_EQ(to_string(all[0].ports[0].end), "2030-05-17T09:06:45.569161100Z");
}

TEST(AzurePolicyDocument, EachPortAndPrefixIsAGrantOfItsOwn) {
  const std::string several =
      R"({"number":22,"allowedSourceAddressPrefix":null,"allowedSourceAddressPrefixes":["192.0.2.7","192.0.2.8"],)"
      R"("endTimeUtc":"2030-05-17T09:06:45Z","status":"Initiated"})";
  const auto all = grants(read(resource({machine("vm1", {policy_port(), policy_port("53", "UDP")})},
                                        {request({machine("vm1", {several, request_port("53")})})})));
  ASSERT_THAT(all, SizeIs(3));
  std::set<std::string> openings;
  for (const Grant& grant : all) {
    ASSERT_THAT(grant.ports, SizeIs(1));
    openings.insert(std::to_string(grant.ports[0].number.value()) + " " +
                    std::string(to_string(grant.ports[0].protocol)) + " " + grant.ports[0].source.to_string());
  }
  EXPECT_EQ(openings, (std::set<std::string>{"22 TCP 192.0.2.7", "22 TCP 192.0.2.8", "53 UDP 192.0.2.7"}));
}

TEST(AzurePolicyDocument, TheSameRequestIsTheSameGrant) {
  const std::string policy = machine("vm1", {policy_port(), policy_port("3389")});
  std::vector<std::string> requests = {request({machine("vm1", {request_port(), request_port("3389")})}),
                                       request({machine("vm1", {request_port()})}, "ann@contoso.com")};
  const AzurePolicy first = read(resource({policy}, requests));
  std::ranges::reverse(requests);
  requests.push_back(requests[0]);
  EXPECT_EQ(read(resource({policy}, requests)).documents, first.documents) << "in another order, and one of them twice";
  EXPECT_THAT(first.documents, SizeIs(3));
}

TEST(AzurePolicyDocument, AnyDifferenceIsAnotherGrant) {
  const auto id_of = [](const std::string& body, const std::string& of = kResource) {
    const auto policy = read_azure_policy(body, of, "vm1");
    return policy && policy->documents.size() == 1 ? policy->documents[0].key : std::string();
  };
  const auto with = [](const std::string& each, const std::string& protocol = "TCP",
                       const std::string& who = "barbara@contoso.com") {
    return resource({machine("vm1", {policy_port("22", protocol), policy_port("23")})},
                    {request({machine("vm1", {each})}, who)});
  };
  std::string other_start = with(request_port());
  other_start.replace(other_start.find("T08:06:45"), 9, "T08:06:46");
  const std::set<std::string> ids{id_of(with(request_port())),
                                  id_of(with(request_port("23"))),
                                  id_of(with(request_port("22", "192.0.2.8"))),
                                  id_of(with(request_port(), "UDP")),
                                  id_of(with(request_port(), "TCP", "ann@contoso.com")),
                                  id_of(with(request_port()), kResource + "2"),
                                  id_of(other_start)};
  EXPECT_THAT(ids, SizeIs(7));
  EXPECT_FALSE(ids.contains(""));
  EXPECT_EQ(id_of(with(request_port()), "/SUBSCRIPTIONS" + kResource.substr(14)), id_of(with(request_port())));
}

TEST(AzurePolicyDocument, OnlyWhatIsInitiatedIsGranted) {
  for (const char* status : {"Initiating", "Revoked", "initiated", "Paused", ""}) {
    const std::string body = resource({machine("vm1", {policy_port()})},
                                      {request({machine("vm1", {request_port("22", "192.0.2.7", status)})})});
    EXPECT_THAT(read(body).documents, IsEmpty()) << status;
    EXPECT_THAT(read(body).problems, IsEmpty()) << status;
  }
}

TEST(AzurePolicyDocument, TheHostIsOneOfItsMachines) {
  const std::string body =
      resource({machine("vm2", {policy_port("23")}), machine("VM1", {policy_port()})},
               {request({machine("vm2", {request_port("23")}), machine("vM1", {request_port()})})});
  for (const std::string& host : {std::string("vm1"), std::string("VM1"), machine_id("Vm1")}) {
    const AzurePolicy policy = read(body, host);
    EXPECT_THAT(policy.ports.value(), ElementsAre(default_policy_port(port(22), Protocol::tcp))) << host;
    const auto all = grants(policy);
    ASSERT_THAT(all, SizeIs(1)) << host;
    EXPECT_EQ(all[0].virtual_machine, host);
    EXPECT_EQ(all[0].ports[0].number, port(22));
  }
}

TEST(AzurePolicyDocument, AMachineThatIsNotInItGetsNothing) {
  const std::string body = resource({machine("vm2", {policy_port()})}, {request({machine("vm1", {request_port()})})});
  for (const std::string& host : {std::string("vm1"), std::string("2"), machine_id("vm"), std::string()}) {
    const AzurePolicy policy = read(body, host);
    EXPECT_THAT(policy.documents, IsEmpty()) << host;
    EXPECT_EQ(policy.ports, std::nullopt) << host;
    ASSERT_THAT(policy.problems, SizeIs(1)) << host;
    EXPECT_THAT(policy.problems[0], HasSubstr("the policy has no virtual machine \"" + (host.size() > 64 ? "" : host)));
  }
}

TEST(AzurePolicyDocument, WhichOfTwoMachinesIsMeantIsNotGuessed) {
  std::string other = machine("vm1", {policy_port()});
  other.replace(other.find("myRg1"), 5, "other");
  const std::string body = resource({machine("vm1", {policy_port()}), other});
  EXPECT_THAT(refusal(body), HasSubstr("two virtual machines of the policy may be this host"));
  EXPECT_THAT(read(body, machine_id("vm1")).problems, IsEmpty());
}

TEST(AzurePolicyDocument, NumbersMayBeTextAndUnknownFieldsAreNobodysBusiness) {
  std::string odd = policy_port("\"22\"");
  odd.insert(1, R"("mappedPort":1,"new":{"a":[null]},)");
  const AzurePolicy policy =
      read(resource({machine("vm1", {odd})}, {request({machine("vm1", {request_port("\"22\"")})}), "7", "{}"}));
  EXPECT_THAT(policy.problems, IsEmpty());
  EXPECT_THAT(policy.ports.value(), ElementsAre(default_policy_port(port(22), Protocol::tcp)));
  EXPECT_THAT(grants(policy), SizeIs(1));
}

TEST(AzurePolicyDocument, PortsAreTakenAsAWholeOrNotAtAll) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {policy_port("0"), "0 is out of range"},
      {policy_port("70000"), "70000 is out of range"},
      {policy_port("22", "ICMP"), "\"ICMP\" is not a protocol"},
      {R"({"number":22,"protocol":"TCP"})", "maxRequestAccessDuration"},
      {R"({"number":22,"protocol":"TCP","maxRequestAccessDuration":"3h"})", "maxRequestAccessDuration"},
      {R"({"protocol":"TCP","maxRequestAccessDuration":"PT3H"})", "number"},
      {"7", "holds what is no object"}};
  for (const auto& [fields, why] : wrong) {
    const AzurePolicy policy = read(
        resource({machine("vm1", {policy_port("443"), fields})}, {request({machine("vm1", {request_port("443")})})}));
    EXPECT_EQ(policy.ports, std::nullopt) << fields;
    ASSERT_THAT(policy.problems, SizeIs(1)) << fields;
    EXPECT_THAT(policy.problems[0], HasSubstr(why));
    EXPECT_THAT(policy.documents, SizeIs(1)) << "its requests are judged all the same";
  }
  EXPECT_THAT(read(resource({machine("vm1", {})})).ports.value(), IsEmpty()) << "no ports are a policy";
}

TEST(AzurePolicyDocument, ARequestThatCannotBeAGrantIsLeftOutWithTheReason) {
  const std::string no_source = R"({"number":22,"endTimeUtc":"2030-05-17T09:06:45Z","status":"Initiated"})";
  const std::string both =
      R"({"number":22,"allowedSourceAddressPrefix":"192.0.2.1","allowedSourceAddressPrefixes":["192.0.2.2"],)"
      R"("status":"Initiated"})";
  const std::vector<std::string> policy{policy_port(), policy_port("53", "TCP"), policy_port("53", "UDP")};
  const std::vector<std::pair<std::string, std::string>> wrong{
      {no_source, "is for port 22, without a source prefix"},
      {both, "is for port 22, with one source prefix and a list of them"},
      {request_port("443"), "is for port 443, which the policy has not"},
      {request_port("53"), "is for port 53, which the policy has for several protocols"},
      {request_port("null"), "is for port 0, which the policy has not"}};
  for (const auto& [fields, why] : wrong) {
    const AzurePolicy read_policy =
        read(resource({machine("vm1", policy)}, {request({machine("vm1", {fields, request_port()})})}));
    EXPECT_THAT(read_policy.problems, ElementsAre(HasSubstr(why))) << fields;
    EXPECT_THAT(grants(read_policy), SizeIs(1)) << "the other is not touched";
  }
}

TEST(AzurePolicyDocument, WhatARequestSaysIsLeftToItsJudge) {
  const AzurePolicy policy =
      read(resource({machine("vm1", {policy_port()})}, {request({machine("vm1", {request_port("22", "*")})}),
                                                        request({machine("vm1", {request_port("22", "192.0.2.7/24")})}),
                                                        request({machine("vm1", {request_port()})}, "")}));
  EXPECT_THAT(policy.problems, IsEmpty());
  ASSERT_THAT(policy.documents, SizeIs(3));
  for (const DeliveredDocument& document : policy.documents) EXPECT_FALSE(parse_grant_document(document.document));
}

TEST(AzurePolicyDocument, WhatIsNoPolicyChangesNothing) {
  for (const char* body : {"", "null", "[]", "{}", R"({"properties":{}})", R"({"id":"x","name":"y","properties":{}})",
                           R"({"properties":{"virtualMachines":{}}})", R"({"properties":[]})"}) {
    EXPECT_NE(refusal(body), "read") << body;
  }
  EXPECT_THAT(refusal("<html>"), HasSubstr("the answer is no JSON"));
  EXPECT_THAT(refusal(R"({"properties":{},"properties":{}})"), HasSubstr("the answer is no JSON"));
  const std::string whole = resource({machine("vm1", {policy_port()})}, {request({machine("vm1", {request_port()})})});
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "read") << size;
}

TEST(AzurePolicyDocument, HasNoMoreRequestsThanAHostCanHold) {
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= kMaxAzureGrants; ++i)
    many.push_back(request({machine("vm1", {request_port()})}, std::to_string(i)));
  EXPECT_THAT(refusal(resource({machine("vm1", {policy_port()})}, many)), HasSubstr("more than 10000 open requests"));
}

}  // namespace
}  // namespace jitgate
