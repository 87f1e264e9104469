// The file's mode, and a link in its place.
#include "tests/unit/metrics/metrics_textfile_fixture.hpp"

namespace jitgate {
namespace {

namespace fs = std::filesystem;
using PosixTextfile = TextfileTest;

TEST_F(PosixTextfile, IsForEverybodyWhateverTheUmask) {
  keep({});
  run_until_written(1);
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms(0644));
}

TEST_F(PosixTextfile, ALinkInItsWayIsNotFollowed) {
  const auto victim = directory_ / "victim";
  std::ofstream(victim) << "precious";
  fs::create_symlink(victim, path() + ".new");
  keep({});
  run_until_written(1);
  EXPECT_TRUE(written_[0]);
  EXPECT_EQ(fs::file_size(victim), 8U);
  EXPECT_FALSE(fs::is_symlink(path()));
}

}  // namespace
}  // namespace jitgate
