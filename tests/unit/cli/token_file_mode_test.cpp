// Whose the file of tokens is afterwards, as Unix keeps it.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/cli/token_command_fixture.hpp"

namespace jitgate::cli {
namespace {

using TokenFileMode = TokenCommand;

TEST_F(TokenFileMode, ANewFileIsItsMakersAlone) {
  ASSERT_EQ(create("ann", "reader"), ExitCode::done) << err;
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(TokenFileMode, OneThatOthersMayReadIsRefusedWithTheRemedy) {
  std::ofstream(path()) << "";
  std::filesystem::permissions(path(), std::filesystem::perms(0644));
  EXPECT_EQ(create("ann", "reader"), ExitCode::failed);
  EXPECT_NE(err.find("chmod 0600"), std::string::npos) << err;
}

TEST_F(TokenFileMode, AFileOfTheDaemonsUserStaysThatUsers) {
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

}  // namespace
}  // namespace jitgate::cli
