#include "platform/instance_lock.hpp"

#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

TEST(WindowsInstanceLock, ASecondOneIsToldWhoHasIt) {
  const ScratchDirectory directory;
  const auto first = lock_instance(directory.path());
  ASSERT_TRUE(succeeds(first));
  const std::string pid = "another jitgated is running (pid " + std::to_string(::GetCurrentProcessId()) + ")";
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(fails_with(lock_instance(directory.path()), errc::conflict, pid));
}

TEST(WindowsInstanceLock, EndsWithItsObject) {
  const ScratchDirectory directory;
  { ASSERT_TRUE(succeeds(lock_instance(directory.path()))); }
  EXPECT_EQ(read_file(directory.file("lock")), "");
  EXPECT_TRUE(succeeds(lock_instance(directory.path())));
}

TEST(WindowsInstanceLock, ADirectoryThatIsNotThereIsReported) {
  const ScratchDirectory directory;
  EXPECT_TRUE(fails_with(lock_instance(directory.file("missing")), errc::system_failed, "cannot be opened"));
}

}  // namespace
}  // namespace jitgate::test
