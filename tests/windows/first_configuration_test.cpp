#include "platform/windows/first_configuration.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace jitgate {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class FirstConfiguration : public ::testing::Test {
 protected:
  FirstConfiguration() { std::filesystem::create_directories(scratch_); }
  ~FirstConfiguration() override {
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
  }
  std::string scratch_ =
      (std::filesystem::temp_directory_path() / ("jitgate-test-" + std::to_string(GetCurrentProcessId()))).string();
};

TEST_F(FirstConfiguration, IsTheOneBesideTheProgramAndNeverOverAnother) {
  std::ofstream(scratch_ + "/jitgate.yaml", std::ios::binary) << "version: 1\n";
  const std::string program = scratch_ + "/jitgated.exe";
  const std::string path = scratch_ + "/data/jitgate.yaml";
  ASSERT_TRUE(provide_configuration(path, program));
  EXPECT_EQ(text_of(path), "version: 1\n");
  std::ofstream(scratch_ + "/jitgate.yaml", std::ios::binary) << "another\n";
  ASSERT_TRUE(provide_configuration(path, program));
  EXPECT_EQ(text_of(path), "version: 1\n");
}

TEST_F(FirstConfiguration, NeedsNone) {
  EXPECT_TRUE(provide_configuration(scratch_ + "/data/jitgate.yaml", scratch_ + "/jitgated.exe"));
  EXPECT_EQ(text_of(scratch_ + "/data/jitgate.yaml"), "");
}

}  // namespace
}  // namespace jitgate
