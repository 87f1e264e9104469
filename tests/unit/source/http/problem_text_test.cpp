#include "agent/source/http/problem_text.hpp"

#include <gtest/gtest.h>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

TEST(ProblemText, IsOneHarmlessLine) {
  EXPECT_EQ(problem_text("connect to hub.example: Connection refused"), "connect to hub.example: Connection refused");
  EXPECT_EQ(problem_text("a\x1b[31m\r\nb\xc2\x9b"
                         "31m\xff\x7f\xc3\xa9"),
            "a?[31m??b?31m??\xc3\xa9");
}

TEST(ProblemText, IsBounded) {
  const std::string text = problem_text(std::string(499, 'a') + "\xc3\xa9" + std::string(1'000'000, '\n'));
  EXPECT_EQ(text, std::string(499, 'a') + "?...") << "a character that is cut is none";
  EXPECT_TRUE(is_utf8(text));
}

}  // namespace
}  // namespace jitgate
