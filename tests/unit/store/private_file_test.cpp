#include "platform/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

TEST(PrivateFile, IsMadeEmptyForItsOwnerAlone) {
  const ScratchDirectory directory;
  const mode_t before = ::umask(0277);
  const auto made = create_private_file(directory.file("f"));
  ::umask(before);
  ASSERT_TRUE(succeeds(made));
  struct stat found = {};
  ASSERT_EQ(::stat(directory.file("f").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode, static_cast<mode_t>(S_IFREG | 0600));
  EXPECT_EQ(found.st_size, 0);
}

TEST(PrivateFile, KeepsWhatIsThere) {
  const ScratchDirectory directory;
  write_file(directory.file("f"), "content");
  ASSERT_TRUE(succeeds(create_private_file(directory.file("f"))));
  ASSERT_TRUE(succeeds(check_private_file(directory.file("f"))));
  EXPECT_EQ(read_file(directory.file("f")), "content");
}

TEST(PrivateFile, CheckingMakesNothing) {
  const ScratchDirectory directory;
  EXPECT_TRUE(fails_with(check_private_file(directory.file("f")), errc::system_failed, "no such file"));
  EXPECT_FALSE(std::filesystem::exists(directory.file("f")));
}

}  // namespace
}  // namespace jitgate::test
