// What stands for a file of tokens, by the modes and kinds of files that Unix has.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/api/token_file.hpp"
#include "platform/secret_file.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {
namespace {

class PosixTokens : public testing::Test {
 protected:
  ScratchDirectory directory_;
  std::string path_ = directory_.file("tokens.yaml");
};

TEST_F(PosixTokens, AnyRightOfOthersIsTooMuch) {
  std::ofstream(path_) << "- {name: ann, role: requester, sha256: \"" << to_hex(sha256("secret")) << "\"}\n";
  for (const mode_t mode : {0640, 0604, 0620, 0602}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_FALSE(TokenFile(path_).find_token("secret")) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_TRUE(TokenFile(path_).find_token("secret"));
}

TEST_F(PosixTokens, WhatIsNoFileIsRefused) {
  std::filesystem::create_directory(path_);
  EXPECT_FALSE(read_secret_file(path_, kMaxTokensFile));
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(read_secret_file(path_, kMaxTokensFile)) << "and it does not wait for a writer";
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("/dev/null", path_);
  EXPECT_FALSE(read_secret_file(path_, kMaxTokensFile));
}

}  // namespace
}  // namespace jitgate
