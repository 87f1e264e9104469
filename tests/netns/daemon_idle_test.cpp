// While nothing is due, nothing wakes up.
#include <csignal>
#include <sstream>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

#if defined(__SANITIZE_THREAD__)  // GCC
constexpr bool kRuntimeWakesUp = true;
#elif defined(__has_feature)  // Clang
constexpr bool kRuntimeWakesUp = __has_feature(thread_sanitizer);
#else
constexpr bool kRuntimeWakesUp = false;
#endif

class DaemonIdle : public DaemonTest {};

TEST_F(DaemonIdle, MakesNoSystemCallInTwentySeconds) {
  if (kRuntimeWakesUp) GTEST_SKIP() << "ThreadSanitizer's runtime wakes up by itself";
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto session = connect(network_.client, kTcp4);
  ASSERT_TRUE(session.alive());
  const auto trace = daemon_.scratch().file("trace");
  Process strace({"strace", "-f", "-o", trace, "-p", std::to_string(daemon_.pid())}, {network_.server},
                 daemon_.scratch().file("strace"));
  ASSERT_TRUE(eventually(
      [&] { return read_text(daemon_.scratch().file("strace")).find("attached") != std::string::npos; }, kLong));
  // The quiet time is what is being looked at: nothing is waited for.
  ASSERT_EQ(strace.wait(std::chrono::seconds(20)), std::nullopt) << read_text(daemon_.scratch().file("strace"));
  strace.signal(SIGINT);
  ASSERT_TRUE(strace.wait(kLong));
  std::istringstream lines(read_text(trace));
  std::size_t traced = 0;
  for (std::string line; std::getline(lines, line); ++traced) {
    // Each thread waits in one call that began before, and was still in it at the end.
    EXPECT_EQ(line.find(" = "), std::string::npos) << line;
  }
  EXPECT_GE(traced, 1U);
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(session.alive());
}

}  // namespace
}  // namespace jitgate::netns
