#include "agent/source/http/grant_list.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

std::string list_with(const std::string& grants, const std::string& more = {}) {
  return R"({"apiVersion":"jitgate/v1","kind":"GrantList","version":"7","grants":[)" + grants + "]" + more + "}";
}

std::string why(const std::string& json, std::size_t max = 10) {
  const auto list = parse_grant_list(json, max);
  return list ? "taken" : describe(list.error());
}

TEST(GrantList, IsRead) {
  const auto list = parse_grant_list(
      list_with(R"({"key":"a","document":"{\"x\": 1}","signature":"-----"},{"key":"b","document":"{}"})",
                R"(,"policy":{"ports":[{"number":22,"protocol":"TCP","maxRequestAccessDuration":"PT3H"}]})"),
      10);
  ASSERT_TRUE(list) << describe(list.error());
  EXPECT_EQ(list->version, "7");
  EXPECT_EQ(list->grants, (std::vector<DeliveredDocument>{{"a", "{\"x\": 1}", "-----"}, {"b", "{}", std::nullopt}}));
  ASSERT_TRUE(list->policy);
  EXPECT_EQ(list->policy->at(0).number.value(), 22);
}

TEST(GrantList, MayBeEmpty) {
  const auto list = parse_grant_list(list_with(""), 10);
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->grants.empty());
  EXPECT_FALSE(list->policy);
}

TEST(GrantList, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(why(list_with(R"({"key":"a"})")), "grants[0].document: is missing");
  EXPECT_EQ(why(list_with(R"({"key":"a","document":{}})")), "grants[0].document: must be a string");
  EXPECT_EQ(why(list_with(R"({"key":"a","document":"","extra":1})")), "grants[0].extra: unknown key");
  EXPECT_EQ(why(list_with(R"({"key":"a","document":"","signature":null})")), "grants[0].signature: must be a string");
  EXPECT_EQ(why(list_with(R"({"key":"","document":""})")), "grants[0].key: must be 1 to 256 bytes");
  EXPECT_EQ(why(list_with(R"({"key":"a\n","document":""})")), "grants[0].key: holds a control character");
  EXPECT_EQ(why(list_with(R"({"key":"a","document":""},{"key":"a","document":""})")),
            "grants[1].key: is that of another entry: \"a\"");
  EXPECT_EQ(why(list_with("1")), "grants[0]: must be an object");
  EXPECT_EQ(why(R"({"apiVersion":"jitgate/v1","kind":"GrantList","version":"7","grants":{}})"),
            "grants: must be a list");
  EXPECT_EQ(why(R"({"apiVersion":"jitgate/v2","kind":"GrantList","version":"7","grants":[]})"),
            "apiVersion: must be \"jitgate/v1\", not \"jitgate/v2\"");
  EXPECT_EQ(why(R"({"apiVersion":"jitgate/v1","kind":"List","version":"7","grants":[]})"),
            "kind: must be \"GrantList\", not \"List\"");
  EXPECT_EQ(why(R"({"apiVersion":"jitgate/v1","kind":"GrantList","grants":[]})"), "version: is missing");
  EXPECT_EQ(why(list_with("", ",\"next\":1")), "next: unknown key");
  EXPECT_NE(why(list_with("", R"(,"policy":{"ports":[{"number":0,"protocol":"TCP"}]})")).find("policy.ports[0].number"),
            std::string::npos);
  EXPECT_EQ(why(list_with("", R"(,"policy":{})")), "policy.ports: is missing");
  EXPECT_NE(why(""), "taken");
  EXPECT_NE(why(list_with(R"({"key":"a","key":"b","document":""})")), "taken") << "duplicate keys";
}

TEST(GrantList, IsBounded) {
  EXPECT_EQ(why(list_with(R"({"key":"a","document":""},{"key":"b","document":""})"), 1),
            "grants: has more than 1 entries (limits.grantsPerSource)");
  EXPECT_EQ(why(list_with(R"({"key":"a","document":""})"), 1), "taken");
}

TEST(GrantEvents, AreReadStrictly) {
  EXPECT_EQ(parse_grant_entry(R"({"key":"a","document":"d"})").value(), (DeliveredDocument{"a", "d", std::nullopt}));
  EXPECT_EQ(describe(parse_grant_entry(R"({"key":"a","document":"d","x":1})").error()), "x: unknown key");
  EXPECT_EQ(parse_removal(R"({"key":"a"})").value(), "a");
  EXPECT_EQ(describe(parse_removal(R"({"key":1})").error()), "key: must be a string");
  EXPECT_FALSE(parse_removal("a"));
  EXPECT_EQ(
      parse_source_policy(R"({"ports":[{"number":22,"protocol":"TCP","maxRequestAccessDuration":"PT3H"}]})")->size(),
      1U);
  EXPECT_FALSE(parse_source_policy(R"({"ports":[]})"));
}

TEST(GrantEvents, SyncNamesAVersion) {
  EXPECT_EQ(parse_sync(R"({"version":"7"})")->version, "7");
  EXPECT_FALSE(parse_sync(R"({"version":"7"})")->heartbeat);
  EXPECT_EQ(parse_sync(R"({"version":"7","heartbeatSeconds":5})")->heartbeat, std::chrono::seconds(5));
  for (const char* text : {R"({})", R"({"version":7})", R"({"version":""})", R"({"version":"7","heartbeatSeconds":0})",
                           R"({"version":"7","heartbeatSeconds":301})", R"({"version":"7","heartbeatSeconds":1.5})",
                           R"({"version":"7","more":1})"})
    EXPECT_FALSE(parse_sync(text)) << text;
}

}  // namespace
}  // namespace jitgate
