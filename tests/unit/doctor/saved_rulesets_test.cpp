#include "platform/saved_rulesets.hpp"
#include "tests/scratch_directory.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace jitgate {
namespace {

class SavedRulesets : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = directory_.file(name);
    std::ofstream(path) << text;
    return path;
  }

  ScratchDirectory directory_;
};

TEST_F(SavedRulesets, WithOurTableOrOurCommentAreFound) {
  const std::string table = write("nftables.conf", "flush ruleset\n\ttable inet jitgate { # by root\n}\n");
  const std::string rule = write("rules.v4",
                                 "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m mark --mark 0x1/0x1 -m comment --comment "
                                 "\"jitgate: pass 0x01000000 of 0x7f000000\" -j ACCEPT\nCOMMIT\n");
  const auto found = find_saved_rulesets({table, rule});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (SavedRuleset{table, "table inet jitgate { # by root"}));
  EXPECT_EQ(found[1].path, rule);
  EXPECT_THAT(found[1].found, testing::StartsWith("-A INPUT "));
}

TEST_F(SavedRulesets, OfOthersAreNot) {
  const std::string others = write("nftables.conf",
                                   "# table inet jitgate is made by jitgated\n# comment \"jitgate: \"\n"
                                   "table inet jitgate2 {\n}\ntable inet filter {\n comment \"mentions jitgate\"\n}\n");
  EXPECT_TRUE(find_saved_rulesets({others, write("empty", ""), directory_.file("gone"), directory_.path()}).empty());
}

}  // namespace
}  // namespace jitgate
