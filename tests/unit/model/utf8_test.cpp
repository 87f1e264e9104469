#include "agent/model/utf8.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

TEST(Utf8, WellFormedIsAccepted) {
  for (const char* text :
       {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << in_quotes(text);
  }
}

TEST(Utf8, MalformedIsRefused) {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3", "\xff", "a\xc3(b"}) {
    EXPECT_FALSE(is_utf8(text)) << in_quotes(text);
  }
}

TEST(Utf8, ControlCharactersAreFound) {
  for (const char* text : {"\x1b[31m", "a\nb", "\x7f", "\xc2\x9b", "a\tb"}) EXPECT_TRUE(has_control_characters(text));
  EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
  EXPECT_FALSE(has_control_characters("caf\xc3\xa9 \xc2\xa0"));
}

TEST(InQuotes, EscapesAndShortens) {
  EXPECT_EQ(in_quotes("web-17"), "\"web-17\"");
  EXPECT_EQ(in_quotes("\x1b[0m"), "\"\\x1b[0m\"");
  EXPECT_EQ(in_quotes("\xff"), "\"\\xff\"");
  EXPECT_EQ(in_quotes("\xc2\x9b"), "\"\\xc2\\x9b\"");
  const std::string shortened = in_quotes(std::string(1000, 'a'));
  EXPECT_LT(shortened.size(), 80U);
  EXPECT_TRUE(shortened.ends_with("...\""));
}

}  // namespace
}  // namespace jitgate
