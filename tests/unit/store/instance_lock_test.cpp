#include "platform/instance_lock.hpp"

#include <signal.h>

#include <array>

#include "child_process.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

TEST(InstanceLock, ASecondOneIsToldWhoHasIt) {
  const ScratchDirectory directory;
  const auto first = lock_instance(directory.path());
  ASSERT_TRUE(succeeds(first));
  const std::string pid = "another jitgated is running (pid " + std::to_string(::getpid()) + ")";
  EXPECT_TRUE(fails_with(lock_instance(directory.path()), errc::conflict, pid));
  in_child([&] { EXPECT_TRUE(fails_with(lock_instance(directory.path()), errc::conflict, pid)); });
}

TEST(InstanceLock, ASecondOneLeavesTheFirstAlone) {
  const ScratchDirectory directory;
  const auto first = lock_instance(directory.path());
  ASSERT_TRUE(succeeds(first));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(fails_with(lock_instance(directory.path()), errc::conflict, "(pid "));
}

TEST(InstanceLock, EndsWithItsObject) {
  const ScratchDirectory directory;
  { ASSERT_TRUE(succeeds(lock_instance(directory.path()))); }
  EXPECT_TRUE(succeeds(lock_instance(directory.path())));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(InstanceLock, EndsWithItsProcessHoweverItEnds) {
  const ScratchDirectory directory;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto held = lock_instance(directory.path());
    (void)!::write(pipe[1], held ? "y" : "n", 1);
    for (;;) ::pause();
  }
  char locked = 0;
  ASSERT_EQ(::read(pipe[0], &locked, 1), 1);
  EXPECT_EQ(locked, 'y');
  EXPECT_TRUE(fails_with(lock_instance(directory.path()), errc::conflict, "(pid " + std::to_string(child) + ")"));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(succeeds(lock_instance(directory.path())));
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(InstanceLock, ADirectoryThatIsNotThereIsReported) {
  const ScratchDirectory directory;
  EXPECT_TRUE(fails_with(lock_instance(directory.file("missing")), errc::system_failed, "cannot be opened"));
}

TEST(InstanceLock, APidFileThatCannotBeUsedDoesNotStandInTheWay) {
  const ScratchDirectory directory;
  std::filesystem::create_directories(directory.file("lock/inside"));
  const auto first = lock_instance(directory.path());
  ASSERT_TRUE(succeeds(first));
  EXPECT_TRUE(fails_with(lock_instance(directory.path()), errc::conflict, "another jitgated is running"));
}

}  // namespace
}  // namespace jitgate::test
