#include "agent/source/azure/azure_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/source/azure/azure_token.hpp"
#include "tests/unit/source/azure/azure_resource_text.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

HttpAnswer answer(unsigned status, const std::string& body = {}, const std::string& type = "application/json") {
  HttpAnswer made;
  made.head.status = status;
  made.head.fields.set("Content-Type", type);
  made.body = body;
  return made;
}

AzureAnswer judged(const HttpAnswer& got) {
  return judge_answer(got, kResource, "vm1", WallTime{});
}

AzureFailed failure(const HttpAnswer& got) {
  const AzureAnswer judgement = judged(got);
  const auto* failed = std::get_if<AzureFailed>(&judgement);
  EXPECT_NE(failed, nullptr);
  return failed != nullptr ? *failed : AzureFailed{};
}

constexpr const char* kNotFound = R"({"error":{"code":"ResourceNotFound","message":"The resource was not found."}})";

TEST(AzureAnswer, IsAPolicyOnlyAsJson) {
  const std::string body = resource({machine("vm1", {policy_port()})});
  EXPECT_TRUE(std::holds_alternative<AzurePolicy>(judged(answer(200, body))));
  EXPECT_TRUE(std::holds_alternative<AzurePolicy>(judged(answer(200, body, "application/json; charset=utf-8"))));
  EXPECT_EQ(failure(answer(200, body, "text/plain")).why,
            "Resource Manager sends \"text/plain\", not application/json");
  EXPECT_THAT(failure(answer(200, body.substr(0, 40))).why, HasSubstr("the answer is no JSON"));
  EXPECT_THAT(failure(answer(200, "{}")).why, HasSubstr("is no JIT policy"));
}

TEST(AzureAnswer, ThatThereIsNoPolicyIsBelievedOfResourceManagerAlone) {
  const AzureAnswer gone = judged(answer(404, kNotFound));
  ASSERT_TRUE(std::holds_alternative<AzurePolicyGone>(gone));
  EXPECT_EQ(std::get<AzurePolicyGone>(gone).why,
            "Resource Manager answered 404 Not Found (\"ResourceNotFound\"): the policy does not exist, its grants are "
            "withdrawn");
  EXPECT_EQ(failure(answer(404, "<html>", "text/html")).why, "Resource Manager answered 404 Not Found");
  EXPECT_EQ(failure(answer(404, kNotFound, "text/html")).why, "Resource Manager answered 404 Not Found");
  EXPECT_EQ(failure(answer(404, R"({"error":"x"})")).why, "Resource Manager answered 404 Not Found");
}

TEST(AzureAnswer, SaysWhatIsMissing) {
  const AzureAnswer refused = judged(answer(401, R"({"error":{"code":"ExpiredAuthenticationToken"}})"));
  ASSERT_TRUE(std::holds_alternative<AzureTokenRefused>(refused));
  EXPECT_EQ(std::get<AzureTokenRefused>(refused).why,
            "Resource Manager answered 401 Unauthorized (\"ExpiredAuthenticationToken\")");
  EXPECT_THAT(failure(answer(403, R"({"error":{"code":"AuthorizationFailed","message":"The client …"}})")).why,
              HasSubstr("403 Forbidden (\"AuthorizationFailed\"): the identity needs Microsoft.Security/locations/"));
}

TEST(AzureAnswer, SaysHowLongToWait) {
  HttpAnswer busy = answer(429, R"({"error":{"code":"TooManyRequests"}})");
  busy.head.fields.set("Retry-After", "17");
  EXPECT_EQ(failure(busy).retry_after, Duration(17s));
  busy.head.status = 503;
  EXPECT_EQ(failure(busy).retry_after, Duration(17s));
  EXPECT_EQ(failure(answer(500, "boom", "text/plain")).retry_after, std::nullopt);
  EXPECT_EQ(failure(answer(500, "boom", "text/plain")).why, "Resource Manager answered 500 Internal Server Error");
}

TEST(AzureQuestion, IsForTheResourceAndItsApiVersion) {
  AzureSourceConfig config;
  config.resource_id = "/subscriptions/s/resourceGroups/my (group)é/x";
  config.endpoint = "https://management.example/";
  config.tls.ca = "/ca";
  const HttpGet what = ask_for_policy(config);
  EXPECT_EQ(what.url,
            "https://management.example/subscriptions/s/resourceGroups/my%20(group)%C3%A9/x?api-version=2020-01-01");
  EXPECT_EQ(what.tls, config.tls);
  EXPECT_FALSE(what.direct);
}

TEST(AzureTokenQuestion, GoesToTheMetadataServiceAlone) {
  HttpGet what = ask_for_token(ManagedIdentity{}, "https://management.azure.com");
  EXPECT_EQ(what.url,
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2F"
            "management.azure.com");
  EXPECT_THAT(what.fields, UnorderedElementsAre(Pair("Metadata", "true"), Pair("Accept", "application/json")));
  EXPECT_TRUE(what.direct);
  EXPECT_EQ(what.plain_host, "169.254.169.254");
  what = ask_for_token(ManagedIdentity{"http://127.0.0.1:8080/", "a&b"}, "x");
  EXPECT_EQ(what.url,
            "http://127.0.0.1:8080/metadata/identity/oauth2/token?api-version=2018-02-01&resource=x&client_id=a%26b");
}

std::string token_failure(const HttpAnswer& got) {
  const auto token = read_token(got);
  return token ? "read" : token.error().message;
}

TEST(AzureTokenAnswer, HasATokenAndItsLifetime) {
  const auto token = read_token(answer(
      200, R"({"access_token":"eyJ0.x","expires_in":"3599","expires_on":"1","resource":"r","token_type":"Bearer"})"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->text, "eyJ0.x");
  EXPECT_EQ(token->lifetime, Duration(3599s));
  EXPECT_EQ(read_token(answer(200, R"({"access_token":"t","expires_in":60})"))->lifetime, Duration(60s));
  EXPECT_EQ(read_token(answer(200, R"({"access_token":"t","expires_in":9223372036854775807})"))->lifetime,
            Duration(24h));
}

TEST(AzureTokenAnswer, WithoutOneIsAFailureThatSaysWhyAndNoSecret) {
  EXPECT_EQ(token_failure(answer(400, R"({"error":"invalid_request","error_description":"Identity not found"})")),
            "the metadata service answered 400 Bad Request: \"Identity not found\"");
  for (const unsigned status : {404U, 410U, 429U, 500U, 503U})
    EXPECT_THAT(token_failure(answer(status, "x")),
                HasSubstr("the metadata service answered " + std::to_string(status)));
  for (const char* body :
       {"", "{}", "[]", R"({"access_token":"","expires_in":60})", R"({"access_token":7,"expires_in":60})",
        R"({"access_token":"se cret","expires_in":60})", R"({"access_token":"secret"})",
        R"({"access_token":"secret","expires_in":"0"})", R"({"access_token":"secret","expires_in":"1h"})",
        R"({"access_token":"secret","expires_in":-1})"}) {
    EXPECT_THAT(token_failure(answer(200, body)), HasSubstr("the metadata service ")) << body;
    EXPECT_THAT(token_failure(answer(200, body)), Not(HasSubstr("cret"))) << body;
  }
}

}  // namespace
}  // namespace jitgate
