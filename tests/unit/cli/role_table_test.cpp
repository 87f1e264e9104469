// docs/security.md says who may use which command: the others end with ExitCode::not_permitted.
#include <fstream>

#include "tests/unit/cli/command_line.hpp"
#include "tests/unit/role_callers.hpp"

namespace jitgate::cli {
namespace {

class RoleTableOfCommands : public CommandLine {
 protected:
  void SetUp() override {
    api.agent.config_.access = one_user_a_role();
    api.agent.config_.policy_authority = PolicyAuthority::api;
    CommandLine::SetUp();
    std::ofstream(file_) << "ports: [{number: 22, protocol: TCP}]\n";
  }
  /// What is said behind the words of the command.
  [[nodiscard]] std::vector<std::string> arguments(const std::string& command) const {
    const std::map<std::string, std::vector<std::string>> all{
        {"explain", {"--source", "203.0.113.7", "--port", "22"}},
        {"policy check", {file_}},
        {"policy set", {file_}},
        {"request", {"--port", "22", "--source", "203.0.113.7", "--duration", "1h"}},
        {"extend", {"grant-1", "--duration", "30m"}},
        {"revoke", {"grant-1"}},
        {"approve", {"grant-1"}},
        {"deny", {"grant-1"}},
        {"unlock", {"--for", "15m", "--justification", "fire"}},
        {"acknowledge", {"--port", "22"}}};
    const auto found = all.find(command);
    return found == all.end() ? std::vector<std::string>{} : found->second;
  }
  ExitCode run_command(const std::string& command) {
    std::istringstream text(command);
    std::vector<std::string> words;
    for (std::string word; text >> word;) words.push_back(word);
    for (const std::string& argument : arguments(command)) words.push_back(argument);
    return run(std::move(words));
  }

  const std::string file_ = api.directory().file("ports.yaml");
};

TEST_F(RoleTableOfCommands, DecidesOnEveryCommandForEveryRole) {
  std::size_t commands = 0;
  for (const RoleRow& row : role_table(JITGATE_DOCUMENTS)) {
    if (row.command.empty()) continue;
    ++commands;
    for (std::size_t role = 0; role < kRoleColumns.size(); ++role) {
      api.become(user_with(role));
      const ExitCode code = run_command(row.command);
      EXPECT_NE(code, ExitCode::usage) << row.command << ": " << err;
      EXPECT_EQ(code != ExitCode::not_permitted, row.allowed.at(role))
          << row.command << " as " << kRoleColumns.at(role) << ": " << err;
    }
  }
  EXPECT_GE(commands, 19U);
}

}  // namespace
}  // namespace jitgate::cli
