#include "agent/signature/agent_message.hpp"

#include <gtest/gtest.h>

#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

std::string body(int type, std::initializer_list<std::string_view> strings, int count = -1) {
  std::string made(1, static_cast<char>(type));
  if (count >= 0) append_u32(made, static_cast<std::uint32_t>(count));
  for (const std::string_view string : strings) append_string(made, string);
  return made;
}

TEST(AgentMessage, IsFramedByItsLength) {
  EXPECT_EQ(ask_for_keys(), std::string("\0\0\0\1\x0b", 5));
  EXPECT_EQ(agent_message_size(std::string("\0\0\1\0", 4)).value(), 256U);
  EXPECT_FALSE(agent_message_size(std::string("\0\0\0\0", 4)));
  EXPECT_FALSE(agent_message_size(std::string("\0\4\0\1", 4)));
  EXPECT_FALSE(agent_message_size("abc"));
}

TEST(AgentMessage, AnswersAreReadStrictly) {
  EXPECT_EQ(read_keys(body(12, {"blob", "comment", "other", ""}, 2)).value(),
            (std::vector<std::string>{"blob", "other"}));
  EXPECT_FALSE(read_keys(body(12, {"blob", "comment"}, 2)));
  EXPECT_FALSE(read_keys(body(12, {"blob", "comment"}, 0)));
  EXPECT_FALSE(read_keys(body(12, {}, 0x7fffffff)));
  EXPECT_FALSE(read_keys(body(5, {})));
  EXPECT_FALSE(read_keys(""));
  EXPECT_EQ(read_signature(body(14, {"signature"})).value(), "signature");
  EXPECT_FALSE(read_signature(body(14, {"signature", "more"})));
  EXPECT_FALSE(read_signature(body(12, {"signature"})));
  EXPECT_EQ(read_signature(body(5, {})).error().code, errc::refused);
}

}  // namespace
}  // namespace jitgate::signature
