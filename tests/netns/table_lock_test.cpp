#include "platform/linux/table_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstring>

#include "platform/linux/file_handle.hpp"
#include "tests/netns/harness.hpp"

namespace jitgate::netns {
namespace {

class TableLock : public ::testing::Test {
 protected:
  [[nodiscard]] auto lock(const Host& host) {
    return host.run([this] { return lock_table(context_); });
  }
  /// As user nobody.
  [[noreturn]] static void squat(int ready) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, "\0jitgate/table", 14);
    const FileHandle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool taken =
        ::setresgid(65534, 65534, 65534) == 0 && ::setresuid(65534, 65534, 65534) == 0 &&
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), offsetof(sockaddr_un, sun_path) + 14) == 0 &&
        ::listen(socket.get(), 1) == 0;
    (void)!::write(ready, taken ? "y" : "n", 1);
    for (;;) ::pause();
  }
  boost::asio::io_context context_{1};
  Host here_;
  Host there_;
};

TEST_F(TableLock, IsOneForANetworkAndEndsWithItsObject) {
  for (int i = 0; i < 2; ++i) {
    const auto first = lock(here_);
    ASSERT_TRUE(first) << describe(first.error());
    const auto second = lock(here_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::conflict);
    EXPECT_EQ(second.error().message,
              "another jitgated keeps the rules of this network (pid " + std::to_string(::getpid()) + ")");
    EXPECT_TRUE(lock(there_));
  }
}

TEST_F(TableLock, HoldsHoweverOftenSomebodyAsks) {
  const auto first = lock(here_);
  ASSERT_TRUE(first);
  for (int i = 0; i < 3 * SOMAXCONN; ++i) {
    const auto other = lock(here_);
    ASSERT_FALSE(other);
    ASSERT_EQ(other.error().code, errc::conflict) << "attempt " << i;
    context_.poll();
  }
}

TEST_F(TableLock, WhoMayNotChangeRulesKeepsNobodyDown) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t squatter = here_.run([&] {
    const pid_t child = ::fork();
    if (child == 0) squat(pipe[1]);
    return child;
  });
  char ready = 0;
  ASSERT_EQ(::read(pipe[0], &ready, 1), 1);
  ASSERT_EQ(ready, 'y');
  const auto refused = lock(here_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::system_failed);
  EXPECT_NE(refused.error().message.find("(pid " + std::to_string(squatter) + ")"), std::string::npos);
  ASSERT_EQ(::kill(squatter, SIGKILL), 0);
  ASSERT_EQ(::waitpid(squatter, nullptr, 0), squatter);
  EXPECT_TRUE(lock(here_));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace jitgate::netns
