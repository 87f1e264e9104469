#include "agent/api/azure_scope.hpp"

#include <gtest/gtest.h>

#include "agent/api/router.hpp"
#include "tests/unit/api/azure_recording.hpp"

namespace jitgate {
namespace {

constexpr const char* kPolicies =
    "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies";

Result<AzurePath> path_of(const std::string& url) {
  const auto match = find_route(http::verb::get, url);
  if (!match) return match.error().error;
  return parse_azure_path(match->target.segments);
}

TEST(AzureScope, ReadsWhatTheSdkSends) {
  const Result<AzurePath> path = path_of(AzureRecording("get").url());
  ASSERT_TRUE(path) << describe(path.error());
  EXPECT_EQ(path->scope.subscription, "20ff7fc3-e762-44dd-bd96-b71116dcdc23");
  EXPECT_EQ(path->scope.resource_group, "myRg1");
  EXPECT_EQ(path->scope.location, "westeurope");
  EXPECT_EQ(path->name, "default");
}

TEST(AzureScope, DecodesNamesAndNormalizesTheLocation) {
  const Result<AzurePath> path = path_of(AzureRecording("names").url());
  ASSERT_TRUE(path) << describe(path.error());
  EXPECT_EQ(path->scope.resource_group, "My-Rg_(1).x");
  EXPECT_EQ(path->scope.location, "westeurope");
  EXPECT_EQ(path->name, "Policy-1");
}

TEST(AzureScope, ArmsOwnSegmentsMayBeOfAnyCase) {
  const Result<AzurePath> path = path_of(
      "/SUBSCRIPTIONS/s1/resourcegroups/Rg1/PROVIDERS/microsoft.security/Locations/X/JITNETWORKACCESSPOLICIES/Default");
  ASSERT_TRUE(path) << describe(path.error());
  EXPECT_EQ(path->scope.resource_group, "Rg1") << "names keep the case they were given";
  EXPECT_EQ(path->name, "Default");
}

TEST(AzureScope, WhatAListLeavesOutHasAName) {
  const Result<AzurePath> path = path_of("/subscriptions/s1/providers/Microsoft.Security/jitNetworkAccessPolicies");
  ASSERT_TRUE(path) << describe(path.error());
  EXPECT_EQ(path->scope.policy_id("default"),
            "/subscriptions/s1/resourceGroups/jitgate/providers/Microsoft.Security/locations/local/"
            "jitNetworkAccessPolicies/default");
}

TEST(AzureScope, ALongNameIsRefused) {
  const Result<AzurePath> path = path_of(std::string(kPolicies) + "/" + std::string(91, 'x'));
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().target, "jitNetworkAccessPolicyName");
}

TEST(AzureScope, OtherProvidersAndDepthsAreNotThere) {
  for (const char* url :
       {"/subscriptions/s1", "/subscriptions/s1/resourceGroups/rg1",
        "/subscriptions/s1/providers/Microsoft.Compute/jitNetworkAccessPolicies",
        "/subscriptions/s1/providers/Microsoft.Security/locations/x/jitNetworkAccessPolicies/default",
        "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.Security/locations/x/jitNetworkAccessPolicies/a/b"}) {
    const auto match = find_route(http::verb::get, url);
    ASSERT_TRUE(match.has_error()) << url;
    EXPECT_EQ(match.error().status, http::status::not_found) << url;
  }
}

TEST(AzureMachineName, IsTheLastSegmentOfAnIdOfAnyCase) {
  EXPECT_EQ(azure_machine_name("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-17"),
            "web-17");
  EXPECT_EQ(azure_machine_name("/Subscriptions/s/resourcegroups/g/providers/microsoft.compute/VIRTUALMACHINES/Web-17"),
            "Web-17");
}

TEST(AzureMachineName, IsNotThereInAnythingElse) {
  for (const char* id :
       {"", "web-17", "subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-17",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/",
        "/subscriptions//resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-17",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/web-17",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-17/extensions/x"}) {
    EXPECT_EQ(azure_machine_name(id), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace jitgate
