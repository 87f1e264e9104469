#include "agent/source/http/event_stream_parser.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

using Events = std::vector<StreamEvent>;

/// In pieces of `step` bytes; what came before a failure is not given.
Result<Events> parse(std::string_view stream, std::size_t step, std::size_t max = 1000) {
  EventStreamParser parser(max);
  Events all;
  for (; !stream.empty(); stream.remove_prefix(std::min(step, stream.size()))) {
    const auto events = parser.feed(stream.substr(0, step));
    if (!events) return events.error();
    all.insert(all.end(), events->begin(), events->end());
  }
  return all;
}

struct Case {
  const char* name;
  std::string stream;
  Events events;
};

const Case kCases[] = {
    {"one event", "event: grant\ndata: {}\n\n", {{"grant", "{}", ""}}},
    {"no type", "data: a\n\n", {{"message", "a", ""}}},
    {"several lines", "data: a\ndata:b\ndata\ndata:  c\n\n", {{"message", "a\nb\n\n c", ""}}},
    {"an empty line of data", "data\n\n", {{"message", "", ""}}},
    {"no data is no event", "event: heartbeat\n\nevent:x\nid: 5\n\ndata: a\n\n", {{"message", "a", "5"}}},
    {"comments", ": hello\n:\n\n:data: x\n\ndata: a\n:b\n\n", {{"message", "a", ""}}},
    {"carriage returns", "data: a\r\revent: b\rdata: c\r\r", {{"message", "a", ""}, {"b", "c", ""}}},
    {"both", "data: a\r\n\r\nevent: b\r\ndata: c\r\n\r\n", {{"message", "a", ""}, {"b", "c", ""}}},
    {"mixed",
     "data: a\r\n\ndata: b\n\rdata: c\r\r\n",
     {{"message", "a", ""}, {"message", "b", ""}, {"message", "c", ""}}},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
     {{"message", "a", ""}}},
    {"ids stay",
     "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
     {{"message", "a", "1"}, {"message", "b", "1"}, {"message", "c", ""}}},
    {"an id with NUL is none",
     std::string("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", 32),
     {{"message", "a", "1"}, {"message", "b", "1"}}},
    {"unknown fields", "foo: bar\nDATA: x\n data: y\ndata: a\n\n", {{"message", "a", ""}}},
    {"one space goes", "data:  two\nevent:type\n\n", {{"type", " two", ""}}},
    {"a type counts once", "event: a\ndata: 1\n\ndata: 2\n\n", {{"a", "1", ""}, {"message", "2", ""}}},
    {"what is not ended is none", "data: a\n\ndata: b\nid: 7\n", {{"message", "a", ""}}},
    {"colons in values", "data: a: b:c\n\n", {{"message", "a: b:c", ""}}},
};

TEST(EventStreamParser, ReadsWhatTheStandardSays) {
  for (const Case& sample : kCases) {
    for (std::size_t step = 1; step <= sample.stream.size(); ++step) {
      const auto events = parse(sample.stream, step);
      ASSERT_TRUE(events) << sample.name;
      EXPECT_EQ(*events, sample.events) << sample.name << ", in steps of " << step;
    }
  }
}

TEST(EventStreamParser, RetryIsMilliseconds) {
  const auto retry_of = [](std::string_view stream) {
    EventStreamParser parser(100);
    EXPECT_TRUE(parser.feed(stream));
    return parser.retry();
  };
  EXPECT_EQ(retry_of("retry: 2500\n"), std::chrono::milliseconds(2500));
  EXPECT_EQ(retry_of("retry: 99999999999999999999999\n"), std::chrono::hours(1));
  EXPECT_EQ(retry_of("retry: 2500\nretry: x\nretry:\nretry: -1\n"), std::chrono::milliseconds(2500));
  EXPECT_EQ(retry_of("data: 1\n\n"), std::nullopt);
}

TEST(EventStreamParser, LinesAndEventsAreBounded) {
  const std::string line = "data: " + std::string(50, 'a');
  for (std::size_t step : {1, 7, 1000}) {
    EXPECT_TRUE(parse(line + "\n\n", step, 56));
    const auto long_line = parse(line + "a", step, 56);
    ASSERT_FALSE(long_line);
    EXPECT_EQ(describe(long_line.error()), "a line of the stream is longer than 56 bytes");
    const auto long_event = parse(line + "\n" + line + "\n", step, 56);
    ASSERT_FALSE(long_event);
    EXPECT_EQ(describe(long_event.error()), "an event of the stream is longer than 56 bytes");
  }
  EXPECT_FALSE(parse("id: " + std::string(257, '1') + "\n", 1000));
}

TEST(EventStreamParser, ManySmallEventsAreNotOneLargeOne) {
  std::string stream;
  for (int i = 0; i < 1000; ++i) stream += "data: 0123456789\n\n";
  EXPECT_EQ(parse(stream, 4096, 64)->size(), 1000U);
}

}  // namespace
}  // namespace jitgate
