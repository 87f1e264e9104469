#include "agent/http_client/bearer_token_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {
namespace {

class BearerTokens : public testing::Test {
 protected:
  void write(const std::string& text, FileAccess access = FileAccess::owner) {
    std::ofstream(path_, std::ios::binary) << text;
    set_file_access(path_, access);
  }

  ScratchDirectory directory_;
  std::string path_ = directory_.file("token");
  BearerTokenFile file_{path_};
};

TEST_F(BearerTokens, WhiteSpaceAroundIsNotPartOfIt) {
  write(" \tabc.DEF-123~+/=\r\n\n");
  EXPECT_EQ(file_.read().value(), "abc.DEF-123~+/=");
}

TEST_F(BearerTokens, AReplacedFileCounts) {
  write("old\n");
  EXPECT_EQ(file_.read().value(), "old");
  std::ofstream(directory_.file("new")) << "newer\n";
  set_file_access(directory_.file("new"), FileAccess::owner);
  std::filesystem::rename(directory_.file("new"), path_);
  EXPECT_EQ(file_.read().value(), "newer");
  std::filesystem::remove(path_);
  EXPECT_EQ(file_.read().error().code, errc::not_found) << "what was taken away is not used any more";
}

TEST_F(BearerTokens, EveryChangeCountsHoweverFast) {
  for (int i = 100; i < 200; ++i) {
    write(std::to_string(i));
    EXPECT_EQ(file_.read().value(), std::to_string(i));
  }
}

TEST_F(BearerTokens, WhatCannotGoIntoAFieldIsRefused) {
  for (const std::string& text :
       {std::string(), std::string(" \n"), std::string("two words"), std::string("a\r\nHost: b"),
        std::string("a\0b", 3), std::string("t\xc3\xb6ken"), std::string("a\x7f")}) {
    write(text);
    const auto token = file_.read();
    ASSERT_FALSE(token) << testing::PrintToString(text);
    EXPECT_EQ(token.error().target, path_);
    EXPECT_EQ(describe(token.error()).find("two words"), std::string::npos) << "it is a secret";
  }
}

TEST_F(BearerTokens, OnesThatOthersMayReadAreRefused) {
  write("token", FileAccess::others_read);
  EXPECT_FALSE(file_.read());
}

TEST_F(BearerTokens, HugeOnesAreRefused) {
  write(std::string(16 * 1024 + 1, 'a'));
  EXPECT_FALSE(file_.read());
}

}  // namespace
}  // namespace jitgate
