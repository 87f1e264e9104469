#include "agent/control/boot_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/control/kept_lock.hpp"
#include "platform/marker_file.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {
namespace {

class BootFileTest : public testing::Test {
 protected:
  BootFile file(const std::string& boot) const { return BootFile(state_.path(), boot, "disabled"); }
  std::string copy() const { return boot_.path() + "/disabled"; }

  ScratchDirectory state_;
  ScratchDirectory boot_;
};

TEST_F(BootFileTest, IsCopiedAndRemovedWithItsCopy) {
  const auto both = file(boot_.path());
  ASSERT_TRUE(both.write("off"));
  EXPECT_EQ(read_marker(both.path()).value(), "off");
  EXPECT_EQ(read_marker(copy()).value(), "off");
  ASSERT_TRUE(both.remove());
  EXPECT_FALSE(std::filesystem::exists(both.path()));
  EXPECT_FALSE(std::filesystem::exists(copy()));
}

TEST_F(BootFileTest, MakesNoDirectory) {
  const std::string nowhere = boot_.path() + "/nowhere";
  ASSERT_TRUE(file(nowhere).write("off"));
  ASSERT_TRUE(file("").write("off"));
  EXPECT_FALSE(std::filesystem::exists(nowhere));
}

TEST_F(BootFileTest, ACopyThatCannotBeMadeIsNoFailure) {
  std::filesystem::create_directories(copy() + "/in the way");
  ASSERT_TRUE(file(boot_.path()).write("off"));
  ASSERT_TRUE(file(boot_.path()).remove());
}

TEST_F(BootFileTest, AStateThatCannotBeWrittenIsOneThoughTheCopyIsMade) {
  const BootFile broken(state_.path() + "/nowhere", boot_.path(), "disabled");
  EXPECT_FALSE(broken.write("off"));
  EXPECT_TRUE(std::filesystem::exists(copy()));
}

TEST_F(BootFileTest, ADamagedListOfPortsSaysThoseThatCanBeRead) {
  ASSERT_TRUE(write_marker(state_.path() + "/locked-ports", "22/TCP\n2#/TCP\n53/UDP\n"));
  const auto kept = KeptLock(state_.path()).read();
  ASSERT_EQ(kept.ports.size(), 2U);
  EXPECT_EQ(kept.ports[0].number.value(), 22);
  EXPECT_EQ(kept.ports[1].number.value(), 53);
  ASSERT_TRUE(kept.problem);
  EXPECT_NE(describe(*kept.problem).find("2#/TCP"), std::string::npos);
}

TEST_F(BootFileTest, TheCopyOfTheListCountsWhereTheListIsNotThereOrDamaged) {
  const KeptLock lock(state_.path(), boot_.path());
  EXPECT_TRUE(lock.read().ports.empty());
  ASSERT_TRUE(write_marker(boot_.path() + "/locked-ports", "23/TCP\n"));
  ASSERT_EQ(lock.read().ports.size(), 1U);
  EXPECT_FALSE(lock.read().problem);
  ASSERT_TRUE(write_marker(state_.path() + "/locked-ports", "2#/TCP\n22/TCP\n"));
  EXPECT_EQ(lock.read().ports.size(), 2U);
  EXPECT_TRUE(lock.read().problem);
  ASSERT_TRUE(write_marker(state_.path() + "/locked-ports", ""));
  EXPECT_TRUE(lock.read().ports.empty()) << "there is no policy";
}

}  // namespace
}  // namespace jitgate
