#include "agent/model/strict_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>

namespace jitgate {
namespace {

class AcceptedJson : public ::testing::TestWithParam<std::string> {};

TEST_P(AcceptedJson, KeepsItsValue) {
  const auto value = parse_strict_json(GetParam());
  ASSERT_TRUE(value) << describe(value.error());
  EXPECT_EQ(boost::json::serialize(*value), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Values, AcceptedJson,
                         ::testing::Values("null", "true", "\"text\"", "0", "-1", "9223372036854775807",
                                           "-9223372036854775808", "18446744073709551615", "[]", "{}",
                                           "[1,2,[3,{\"a\":null}]]",
                                           "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
                                           "{\"\":1,\"a b\":\"x\\ny\",\"\xc3\xa9\":\"\xe2\x82\xac\"}"));

struct RefusedCase {
  std::string text;
  std::string target;
};

class RefusedJson : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedJson, NamesWhere) {
  const auto value = parse_strict_json(GetParam().text);
  ASSERT_FALSE(value) << boost::json::serialize(*value);
  EXPECT_EQ(value.error().code, errc::invalid_argument);
  EXPECT_EQ(value.error().target, GetParam().target);
}

INSTANTIATE_TEST_SUITE_P(
    Values, RefusedJson,
    ::testing::Values(RefusedCase{"", ""}, RefusedCase{" ", ""}, RefusedCase{"{", ""}, RefusedCase{"{}x", ""},
                      RefusedCase{"{} {}", ""}, RefusedCase{"// c\n{}", ""}, RefusedCase{"[1,]", "[1]"},
                      RefusedCase{"{\"a\":1,\"a\":2}", "a"}, RefusedCase{"{\"a\":1,\"b\":2,\"\\u0061\":3}", "a"},
                      RefusedCase{"{\"ports\":[{\"n\":1},{\"n\":1,\"n\":1}]}", "ports[1].n"},
                      RefusedCase{"{\"ports\":[{\"number\":1.0}]}", "ports[0].number"}, RefusedCase{"[1e400]", "[0]"},
                      RefusedCase{"[0,1e2]", "[1]"}, RefusedCase{"-0", ""}, RefusedCase{"{\"a\":-0}", "a"},
                      RefusedCase{"-0.0", ""}, RefusedCase{"18446744073709551616", ""},
                      RefusedCase{"{\"a\":-9223372036854775809}", "a"}, RefusedCase{"01", ""}, RefusedCase{"+1", ""},
                      RefusedCase{"NaN", ""}, RefusedCase{"Infinity", ""}, RefusedCase{"'a'", ""},
                      RefusedCase{"{\"a\":\"\xff\"}", "a"}, RefusedCase{"{\"a\":\"\\ud800\"}", "a"},
                      RefusedCase{"\"a\nb\"", ""}, RefusedCase{std::string("{}\0", 3), ""},
                      RefusedCase{"\xef\xbb\xbf{}", ""}));

TEST(StrictJson, DepthIsLimited) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_strict_json(nested(16)));
  EXPECT_FALSE(parse_strict_json(nested(17)));
  EXPECT_FALSE(parse_strict_json(nested(1'000'000)));
  EXPECT_FALSE(parse_strict_json(std::string(1'000'000, '[')));
}

TEST(StrictJson, LongKeysAndStringsAreWhole) {
  const std::string key(5000, 'k');
  const std::string text = "{\"" + key + "\":\"" + std::string(100'000, 'v') + "\"}";
  const auto value = parse_strict_json(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->at(key).as_string().size(), 100'000U);
  EXPECT_FALSE(parse_strict_json("{\"" + key + "\":1,\"" + key + "\":1}"));
}

TEST(StrictJson, TargetOfHostileKeysIsPrintable) {
  const auto value = parse_strict_json("{\"\\u001b[31m\":1.5}");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().target, "\"\\x1b[31m\"");
}

TEST(StrictJson, ValuesAndKeysAreCounted) {
  constexpr const char* kFive = R"([{"a": 1}, 2])";
  EXPECT_TRUE(parse_strict_json(kFive, {}, 5));
  EXPECT_EQ(parse_strict_json(kFive, {}, 4).error().message, "there are too many values");
}

}  // namespace
}  // namespace jitgate
