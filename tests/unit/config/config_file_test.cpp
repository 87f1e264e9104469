#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using ::testing::HasSubstr;

class ConfigFile : public ::testing::Test {
 protected:
  ConfigFile() : folder_(std::filesystem::path(::testing::TempDir()) / ("jitgate-config-" + name())) {
    std::filesystem::create_directories(folder_);
  }
  ~ConfigFile() override { std::filesystem::remove_all(folder_); }

  static std::string name() { return ::testing::UnitTest::GetInstance()->current_test_info()->name(); }

  std::string write(const std::string& text) const {
    const auto path = folder_ / "jitgate.yaml";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigFile, ErrorsBeginWithItsPath) {
  const std::string path = write(kMinimal + "extra: 1\n");
  const auto config = load_config(path);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().details.at(0).message, HasSubstr(path + ":4:1: extra: "));
}

TEST_F(ConfigFile, MissingOneIsASystemError) {
  const auto config = load_config((folder_ / "none.yaml").string());
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, errc::system_failed);
  EXPECT_THAT(config.error().target, HasSubstr("none.yaml"));
}

TEST_F(ConfigFile, DirectoryIsRefused) {
  const auto config = load_config(folder_.string());
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("not a regular file"));
}

TEST_F(ConfigFile, OneMebibyteIsTheLimit) {
  const auto sized = [](std::size_t size) { return kMinimal + std::string(size - kMinimal.size(), '#'); };
  EXPECT_TRUE(load_config(write(sized(1024 * 1024))));
  const auto larger = load_config(write(sized(1024 * 1024 + 1)));
  ASSERT_FALSE(larger);
  EXPECT_THAT(describe(larger.error()), HasSubstr("larger than 1 MiB"));
}

}  // namespace
}  // namespace jitgate
