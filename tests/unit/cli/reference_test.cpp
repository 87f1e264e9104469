// Manual and completions are made of the table of commands.
#include "cli/reference/command_reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/command.hpp"

namespace jitgate::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const CommandReference& find(const CommandReference& program, const std::string& words) {
  for (const CommandReference* command : all_commands(program)) {
    if (joined(command->words) == words) return *command;
  }
  throw std::runtime_error("no command " + words);
}

const OptionReference& option(const CommandReference& command, const std::string& name) {
  const auto found =
      std::ranges::find_if(command.options, [&](const auto& one) { return std::ranges::count(one.names, name) > 0; });
  if (found == command.options.end()) throw std::runtime_error("no option " + name);
  return *found;
}

TEST(Reference, HasEveryCommandOfTheTable) {
  const auto program = program_reference();
  ASSERT_EQ(program.commands.size(), commands().size());
  for (const Command& command : commands()) EXPECT_FALSE(find(program, std::string(command.name)).summary.empty());
  EXPECT_EQ(find(program, "policy").commands.size(), 3U);
}

TEST(Reference, KnowsWhatAnOptionTakes) {
  const auto program = program_reference();
  EXPECT_THAT(option(find(program, "audit"), "--format").choices, ElementsAre("table", "csv", "json", "jsonl"));
  EXPECT_EQ(option(find(program, "audit"), "--format").value, "FORMAT");
  EXPECT_TRUE(option(find(program, "request"), "--port").required);
  EXPECT_FALSE(option(find(program, "request"), "--until").required);
  EXPECT_EQ(option(find(program, "status"), "--brief").value, "") << "a flag";
  EXPECT_EQ(find(program, "policy set").arguments.front().value, "FILE");
  EXPECT_EQ(option(program, "--socket").names.front(), "--socket");
}

TEST(Reference, EveryTextNamesEveryCommandAndOption) {
  const auto program = program_reference();
  const std::string manual = manual_commands(program);
  const std::string bash = bash_completion(program);
  const std::string zsh = zsh_completion(program);
  const std::string fish = fish_completion(program);
  for (const CommandReference* command : all_commands(program)) {
    if (command->words.empty()) continue;
    EXPECT_THAT(manual, HasSubstr(".Ss jitgate " + joined(command->words)));
    EXPECT_THAT(bash, HasSubstr("\" " + joined(command->words) + "\") words="));
    EXPECT_THAT(zsh, HasSubstr("_jitgate_" + joined(command->words, "_") + "() {"));
    EXPECT_THAT(fish, HasSubstr(" -a " + command->words.back() + " -d "));
    for (const OptionReference& one : command->options) {
      for (const std::string& name : one.names) {
        EXPECT_THAT(bash, HasSubstr(name));
        EXPECT_THAT(zsh, HasSubstr("'*" + name + "["));
      }
    }
  }
}

TEST(Reference, ManualShowsTextThatLooksLikeAMacroAsItIs) {
  EXPECT_EQ(manual_literal(".Sh x\n'a\\b\n"), ".Bd -literal\n\\&.Sh x\n\\&'a\\eb\n.Ed\n");
}

}  // namespace
}  // namespace jitgate::cli
