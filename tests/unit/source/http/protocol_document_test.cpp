#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <sstream>
#include <vector>

#include "agent/source/http/event_stream_parser.hpp"
#include "agent/source/http/grant_list.hpp"
#include "agent/source/http/subscribe_loop.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

std::string document(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(JITGATE_DOCUMENTS) + "/" + name).rdbuf();
  return text.str();
}

/// What stands between "```KIND" and "```".
std::vector<std::string> blocks(const std::string& text, const std::string& kind) {
  std::vector<std::string> found;
  const std::string begin = "```" + kind + "\n";
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

TEST(ProtocolDocument, ItsAnswerToAPollIsTaken) {
  const auto examples = blocks(document("protocol.md"), "json");
  ASSERT_EQ(examples.size(), 1U);
  const auto list = parse_grant_list(examples[0], 10);
  ASSERT_TRUE(list) << describe(list.error());
  EXPECT_EQ(list->grants.size(), 1U);
  EXPECT_TRUE(list->grants[0].signature);
  EXPECT_TRUE(list->policy);
}

TEST(ProtocolDocument, ItsTranscriptIsUnderstood) {
  const auto streams = blocks(document("protocol.md"), "text/event-stream");
  ASSERT_EQ(streams.size(), 2U);
  SubscribeLoop loop(10, [] { return 0.5; });
  loop.connecting();
  const auto first = loop.received(streams[0]);
  ASSERT_TRUE(first) << describe(first.error());
  const auto snapshot = loop.take();
  ASSERT_TRUE(snapshot);
  EXPECT_TRUE(snapshot->snapshot);
  EXPECT_EQ(snapshot->documents.size(), 1U);
  loop.delivered(true);
  const auto live = loop.take();
  ASSERT_TRUE(live);
  EXPECT_EQ(live->documents.size(), 1U);
  loop.delivered(true);
  EXPECT_EQ(loop.resume_from(), "43");
  EXPECT_EQ(loop.longest_silence(), std::chrono::seconds(45));
  loop.lost(BootTime{});
  loop.connecting();
  const auto resumed = loop.received(streams[1]);
  ASSERT_TRUE(resumed) << describe(resumed.error());
  const auto missed = loop.take();
  ASSERT_TRUE(missed);
  EXPECT_FALSE(missed->snapshot);
  EXPECT_EQ(missed->removed.size(), 1U);
  loop.delivered(true);
  EXPECT_EQ(loop.resume_from(), "44");
}

/// Makes, from a definition of the schema, what has every property of it: each of the simplest value that it allows.
json::object whole(const json::object& definition) {
  json::object made;
  for (const auto& [name, property] : definition.at("properties").as_object()) {
    const json::object& rule = property.as_object();
    if (const auto* constant = rule.if_contains("const")) {
      made[name] = *constant;
    } else if (rule.contains("examples")) {
      made[name] = rule.at("examples").as_array().at(0);
    } else {
      ADD_FAILURE() << name << " has neither const nor examples";
    }
  }
  return made;
}

template <class Parse>
void hold(const std::string& name, Parse parse) {
  const json::value schema = json::parse(document("grant-source.schema.json"));
  const json::object& definition = schema.at("$defs").at(name).as_object();
  EXPECT_FALSE(definition.at("additionalProperties").as_bool()) << name;
  const json::object good = whole(definition);
  const auto outcome = [&](const json::object& object) {
    const auto parsed = parse(json::serialize(object));
    return parsed ? std::string() : describe(parsed.error());
  };
  EXPECT_EQ(outcome(good), "") << name;
  json::object extended = good;
  extended["other"] = 1;
  EXPECT_NE(outcome(extended), "") << name;
  const json::array& required = definition.at("required").as_array();
  for (const auto& [key, value] : good) {
    json::object without = good;
    without.erase(key);
    const bool needed = std::find(required.begin(), required.end(), json::value(key)) != required.end();
    EXPECT_EQ(outcome(without).empty(), !needed) << name << " without " << key;
  }
}

TEST(ProtocolSchema, SaysWhatIsTaken) {
  hold("GrantList", [](const std::string& text) { return parse_grant_list(text, 10); });
  hold("Entry", [](const std::string& text) { return parse_grant_entry(text); });
  hold("Removal", [](const std::string& text) { return parse_removal(text); });
  hold("Sync", [](const std::string& text) { return parse_sync(text); });
  hold("Policy", [](const std::string& text) { return parse_source_policy(text); });
}

}  // namespace
}  // namespace jitgate
