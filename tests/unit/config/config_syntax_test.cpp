#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/model/utf8.hpp"
#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct SyntaxCase {
  std::string yaml;
  std::string where;
  std::string what;
};

class WrongSyntax : public ::testing::TestWithParam<SyntaxCase> {};

TEST_P(WrongSyntax, IsOneErrorAtItsPlace) {
  const auto found = messages(GetParam().yaml);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0], StartsWith("j.yaml:" + GetParam().where));
  EXPECT_THAT(found[0], HasSubstr(GetParam().what));
  EXPECT_TRUE(is_utf8(found[0]));
  EXPECT_FALSE(has_control_characters(found[0]));
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, WrongSyntax,
    ::testing::Values(SyntaxCase{"", "1:1: ", "the file is empty; expected a mapping"},
                      SyntaxCase{"# only a comment\n", "", "the file is empty"},
                      SyntaxCase{"---\n", "", "the file is empty"},
                      SyntaxCase{"42\n", "1:1: ", "42 is not a configuration"},
                      SyntaxCase{"- version: 1\n", "1:1: ", "a list is not a configuration"},
                      SyntaxCase{"version: 1\npolicy: {ports: [}\n", "2:", "not valid YAML"},
                      SyntaxCase{"version: 1\npolicy: {ports: []\n", "", "not valid YAML"},
                      SyntaxCase{"version: 1\n  mode: enforce\n", "2:", "not valid YAML"},
                      SyntaxCase{"version: \"1\n", "1:10: ", "the quote is not closed"},
                      SyntaxCase{kMinimal + "host:\n  id: 'it''s\n", "5:7: ", "the quote is not closed"},
                      SyntaxCase{kMinimal + "host:\n  id: \"a\\\"\n", "5:7: ", "the quote is not closed"},
                      SyntaxCase{"\xef\xbb\xbfversion: '1\n", "1:10: ", "the quote is not closed"},
                      SyntaxCase{"version: ! 1\n", "1:10: ", "tags are not allowed"},
                      SyntaxCase{"version: 1\npolicy:\n\tports: []\n", "3:1: ", "a tab cannot indent"},
                      SyntaxCase{kMinimal + "host: {id: \"\\q\"}\n", "4:", "not valid YAML"},
                      SyntaxCase{kMinimal + "host: {id: \"\\\xc3\xa9\"}\n", "4:", "unknown escape character"},
                      SyntaxCase{kMinimal + "---\nversion: 1\n", "", "a second document"},
                      SyntaxCase{kMinimal + "log: &a {level: info}\n", "4:", "anchors and aliases"},
                      SyntaxCase{kMinimal + "host: &a\n  id: &b web\n", "4:", "anchors and aliases"},
                      SyntaxCase{kMinimal + "log: *a\n", "4:", "anchors and aliases"},
                      SyntaxCase{"version: &v 1\nmode: *v\n", "1:", "anchors and aliases"},
                      SyntaxCase{with_port("number: 22, protocol: *, allowedSourceAddressPrefix: 10.0.0.1"),
                                 "5:", "needs quotes: \"*\""},
                      SyntaxCase{"version: !!int 1\n", "1:", "tags are not allowed"},
                      SyntaxCase{"version: !x 1\n", "1:", "tags are not allowed"},
                      SyntaxCase{"!!map {version: 1}\n", "1:", "tags are not allowed"},
                      SyntaxCase{kMinimal + "a: " + repeated("[", 17) + repeated("]", 17), "4:", "nested too deeply"},
                      SyntaxCase{repeated("[", 100'000), "1:", ""}, SyntaxCase{repeated("{a: ", 50'000), "1:", ""},
                      SyntaxCase{repeated("- ", 50'000), "1:", "nested too deeply"},
                      SyntaxCase{kMinimal + "a: [" + repeated("b, ", 65'540) + "]\n",
                                 "4:", "more than 65536 keys and values"},
                      SyntaxCase{"version: 1\nhost: {id: \xff}\n", "2:12: ", "not UTF-8"},
                      SyntaxCase{"version: 1\nhost: {id: \x1b}\n", "2:12: ", "a control character"},
                      SyntaxCase{std::string("version: 1\0\n", 12), "1:11: ", "a control character"},
                      SyntaxCase{std::string("\xff\xfev\0e\0", 6), "1:1: ", "not UTF-8"},
                      SyntaxCase{std::string(1024 * 1024 + 1, '#'), "1:1: ", "larger than 1 MiB"}));

TEST(Syntax, WindowsLinesAndByteOrderMarkAreRead) {
  std::string yaml;
  for (const char c : kMinimal) yaml += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_THAT(messages(yaml), SizeIs(0));
  EXPECT_THAT(messages("\xef\xbb\xbf" + kMinimal), SizeIs(0));
}

TEST(Syntax, DocumentMarkersAreRead) {
  EXPECT_THAT(messages("---\n" + kMinimal + "...\n"), SizeIs(0));
}

TEST(Syntax, NoPrefixOfAFileCrashes) {
  const std::string yaml = with_port(
      "number: 22, protocol: \"*\", allowedSourceAddressPrefixes: [10.0.0.1, '::1'], onExpiry: {keepAtMost: PT1H}");
  for (std::size_t length = 0; length < yaml.size() - 1; ++length) {
    EXPECT_FALSE(parse_config(yaml.substr(0, length), "j.yaml")) << yaml.substr(0, length);
  }
}

}  // namespace
}  // namespace jitgate
