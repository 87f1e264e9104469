#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "agent/api/token_file.hpp"
#include "tests/host/file_access.hpp"
#include "tests/unit/cli/token_command_fixture.hpp"

namespace jitgate::cli {
namespace {

TEST_F(TokenCommand, PrintsATokenThatTheFileKnowsByItsHashAlone) {
  ASSERT_EQ(create("ann@example.com", "requester"), ExitCode::done) << err;
  EXPECT_TRUE(out.starts_with("jitgate_")) << out;
  EXPECT_EQ(content().find(printed()), std::string::npos);
  const auto holder = TokenFile(path()).find_token(printed());
  ASSERT_TRUE(holder) << describe(holder.error());
  EXPECT_EQ(holder->name, "ann@example.com");
  EXPECT_TRUE(holder->roles.has(Role::requester));
}

TEST_F(TokenCommand, KeepsWhatIsThereAsItIsWritten) {
  const std::string before = "# ours\n- {name: build.example, role: reader, certificate: true}";
  std::ofstream(path()) << before;
  set_file_access(path(), FileAccess::owner);
  ASSERT_EQ(create("ann", "reader"), ExitCode::done) << err;
  const std::string first = printed();
  ASSERT_EQ(create("ann", "administrator"), ExitCode::done) << err;
  EXPECT_NE(first, printed());
  EXPECT_TRUE(content().starts_with(before + "\n"));
  TokenFile file(path());
  EXPECT_TRUE(file.find_certificate("build.example"));
  EXPECT_TRUE(file.find_token(first));
  EXPECT_TRUE(file.find_token(printed()));
}

TEST_F(TokenCommand, AFileThatTheDaemonWouldNotTakeStaysAsItIs) {
  for (const std::string before : {"[]\n", "- {name: ann}\n", "{\n"}) {
    std::ofstream(path()) << before;
    set_file_access(path(), FileAccess::owner);
    EXPECT_EQ(create("ann", "reader"), ExitCode::failed) << before;
    EXPECT_EQ(content(), before);
  }
  set_file_access(path(), FileAccess::others_read);
  EXPECT_EQ(create("ann", "reader"), ExitCode::failed);
  EXPECT_NE(err.find("by others"), std::string::npos) << err;
}

TEST_F(TokenCommand, WhatCannotBeMeantIsAUsageError) {
  EXPECT_EQ(create("ann", "king"), ExitCode::usage);
  EXPECT_EQ(create("", "reader"), ExitCode::usage);
  EXPECT_EQ(create("a\"b", "reader"), ExitCode::usage);
  EXPECT_EQ(create("a\nb", "reader"), ExitCode::usage);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(TokenCommand, JsonHasTheTokenAndWhoseItIs) {
  ASSERT_EQ(run({"token", "create", "ann", "--role", "reader", "--tokens", path(), "--json"}), ExitCode::done) << err;
  const auto printed_json = boost::json::parse(out);
  EXPECT_EQ(printed_json.at("name").as_string(), "ann");
  EXPECT_EQ(printed_json.at("role").as_string(), "reader");
  EXPECT_TRUE(TokenFile(path()).find_token(std::string(printed_json.at("token").as_string())));
}

}  // namespace
}  // namespace jitgate::cli
