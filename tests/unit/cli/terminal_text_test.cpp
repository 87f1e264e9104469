#include "cli/terminal_text.hpp"

#include <gtest/gtest.h>

namespace jitgate::cli {
namespace {

TEST(TerminalText, NothingMovesTheCursor) {
  EXPECT_EQ(printable("a\x1b[2Jb\r\n\x07"), "a\\x1b[2Jb\\x0d\\x0a\\x07");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\xc2\\x9b2J")
      << "C1 control characters";
  EXPECT_EQ(printable("\xff\xe2\x82"), "\\xff\\xe2\\x82") << "malformed and cut off";
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91"),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91");
}

TEST(TerminalText, LinesStay) {
  EXPECT_EQ(printable_lines("a\nb\x1b\nc"), "a\nb\\x1b\nc");
  EXPECT_EQ(printable_lines("a\r\nb\r\n"), "a\r\nb\r\n");
  EXPECT_EQ(printable_lines("a\rb\n"), "a\\x0db\n");
  EXPECT_EQ(printable_lines(""), "");
}

TEST(TerminalText, ColumnsAlignByCharacters) {
  EXPECT_EQ(table({"NAME", "X"}, {{"gr\xc3\xbc\xc3\x9f"
                                   "e",
                                   "1"},
                                  {"a"},
                                  {"b\n", "2"}}),
            "NAME   X\ngr\xc3\xbc\xc3\x9f"
            "e  1\na\nb\\x0a  2\n");
}

}  // namespace
}  // namespace jitgate::cli
