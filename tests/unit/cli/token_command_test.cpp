#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/api/token_file.hpp"
#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

class TokenCommand : public CommandLine {
 protected:
  std::string path() const { return api.directory().file("tokens.yaml"); }
  ExitCode create(const std::string& name, const std::string& role) {
    return run({"token", "create", name, "--role", role, "--tokens", path()});
  }
  std::string printed() const { return out.substr(0, out.find('\n')); }
  std::string content() const {
    std::stringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
};

TEST_F(TokenCommand, PrintsATokenThatTheFileKnowsByItsHashAlone) {
  ASSERT_EQ(create("ann@example.com", "requester"), ExitCode::done) << err;
  EXPECT_TRUE(out.starts_with("jitgate_")) << out;
  EXPECT_EQ(content().find(printed()), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  const auto holder = TokenFile(path()).find_token(printed());
  ASSERT_TRUE(holder) << describe(holder.error());
  EXPECT_EQ(holder->name, "ann@example.com");
  EXPECT_TRUE(holder->roles.has(Role::requester));
}

TEST_F(TokenCommand, KeepsWhatIsThereAsItIsWritten) {
  const std::string before = "# ours\n- {name: build.example, role: reader, certificate: true}";
  std::ofstream(path()) << before;
  std::filesystem::permissions(path(), std::filesystem::perms(0600));
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

TEST_F(TokenCommand, AFileOfTheDaemonsUserStaysThatUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  constexpr uid_t kDaemon = 4242;
  std::ofstream(path()) << "";
  std::filesystem::permissions(path(), std::filesystem::perms(0600));
  ASSERT_EQ(::chown(path().c_str(), kDaemon, kDaemon), 0);
  ASSERT_EQ(create("ann", "reader"), ExitCode::done) << err;
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kDaemon);
  EXPECT_EQ(status.st_gid, kDaemon);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(TokenCommand, AFileThatTheDaemonWouldNotTakeStaysAsItIs) {
  for (const std::string before : {"[]\n", "- {name: ann}\n", "{\n"}) {
    std::ofstream(path()) << before;
    std::filesystem::permissions(path(), std::filesystem::perms(0600));
    EXPECT_EQ(create("ann", "reader"), ExitCode::failed) << before;
    EXPECT_EQ(content(), before);
  }
  std::filesystem::permissions(path(), std::filesystem::perms(0644));
  EXPECT_EQ(create("ann", "reader"), ExitCode::failed);
  EXPECT_NE(err.find("chmod 0600"), std::string::npos) << err;
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
