// What lies in a directory that only Unix has: links, pipes and modes.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/source/directory/directory_rig.hpp"

namespace jitgate {
namespace {

using ::testing::HasSubstr;
using PosixDirectorySource = DirectoryRig;
namespace fs = std::filesystem;

TEST_F(PosixDirectorySource, ReportsLinksPipesAndModes) {
  start();
  fs::create_symlink("/etc/shadow", file("link.json"));
  run_until_problem("\"link.json\" is a symbolic link");
  remove("link.json");
  run_until_problem("");
  ASSERT_EQ(::mkfifo(file("pipe.json").c_str(), 0600), 0);
  run_until_problem("\"pipe.json\" is not a regular file");
  remove("pipe.json");
  put("a.json", envelope(1));
  run_until_held({{"a.json", document(1)}});
  ASSERT_EQ(::chmod(file("a.json").c_str(), 0666), 0);
  run_until_held({});
  EXPECT_THAT(problem(), HasSubstr("may be changed by others than its owner: chmod go-w"));
}

}  // namespace
}  // namespace jitgate
