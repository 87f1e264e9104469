#include "agent/api/token_file.hpp"
#include "tests/scratch_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace jitgate {
namespace {

std::string entry(const std::string& name, const std::string& role, std::string_view token) {
  return "- {name: " + name + ", role: " + role + ", sha256: \"" + to_hex(sha256(token)) + "\"}\n";
}

class Tokens : public testing::Test {
 protected:
  std::string path() const { return directory_.file("tokens.yaml"); }
  /// As an editor does: a new file in the place of the old one.
  void write(const std::string& text, mode_t mode = 0600) const {
    const std::string fresh = path() + ".new";
    std::ofstream(fresh) << text;
    ::chmod(fresh.c_str(), mode);
    std::filesystem::rename(fresh, path());
  }

  ScratchDirectory directory_;
};

TEST_F(Tokens, ATokenIsItsHoldersNameAndRole) {
  write(entry("ann", "requester", "secret-a") + entry("ben", "administrator", "secret-b"));
  TokenFile file(path());
  const auto ann = file.find_token("secret-a");
  ASSERT_TRUE(ann) << describe(ann.error());
  EXPECT_EQ(ann->name, "ann");
  EXPECT_TRUE(ann->roles.has(Role::requester));
  EXPECT_FALSE(ann->roles.has(Role::reader));
  const auto ben = file.find_token("secret-b");
  ASSERT_TRUE(ben) << describe(ben.error());
  EXPECT_TRUE(ben->roles.has(Role::administrator) && ben->roles.has(Role::reader) && ben->roles.has(Role::requester));
}

TEST_F(Tokens, AnythingElseIsNobody) {
  write(entry("ann", "requester", "secret-a"));
  TokenFile file(path());
  for (const std::string& token :
       std::vector<std::string>{"", "secret", "secret-a ", "secret-A", to_hex(sha256("secret-a"))}) {
    EXPECT_FALSE(file.find_token(token)) << token;
  }
  EXPECT_FALSE(file.find_certificate("ann")) << "a token's entry speaks of no certificate";
}

TEST_F(Tokens, AChangeCountsAtOnce) {
  TokenFile file(path());
  EXPECT_FALSE(file.find_token("secret-a")) << "there is no file";
  write(entry("ann", "requester", "secret-a"));
  EXPECT_TRUE(file.find_token("secret-a"));
  write(entry("ann", "requester", "secret-b"));
  EXPECT_FALSE(file.find_token("secret-a"));
  EXPECT_TRUE(file.find_token("secret-b"));
  std::filesystem::remove(path());
  EXPECT_FALSE(file.find_token("secret-b"));
}

TEST_F(Tokens, AFileThatOthersMayReadHoldsNobody) {
  TokenFile file(path());
  for (const mode_t mode : {0640, 0604, 0620, 0602}) {
    write(entry("ann", "requester", "secret-a"), mode);
    EXPECT_FALSE(file.find_token("secret-a")) << std::oct << mode;
  }
  write(entry("ann", "requester", "secret-a"));
  EXPECT_TRUE(file.find_token("secret-a"));
}

TEST_F(Tokens, WhatIsNoFileIsRefused) {
  std::filesystem::create_directory(path());
  EXPECT_FALSE(read_secret_file(path(), kMaxTokensFile));
  std::filesystem::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_FALSE(read_secret_file(path(), kMaxTokensFile)) << "and it does not wait for a writer";
  std::filesystem::remove(path());
  std::filesystem::create_symlink("/dev/null", path());
  EXPECT_FALSE(read_secret_file(path(), kMaxTokensFile));
}

TEST_F(Tokens, ACertificateIsKnownByItsName) {
  write("- {name: build.example, role: reader, certificate: true}\n");
  TokenFile file(path());
  EXPECT_TRUE(file.find_certificate("build.example"));
  EXPECT_FALSE(file.find_certificate("other.example"));
  EXPECT_FALSE(file.find_token(""));
}

class BadTokens : public testing::TestWithParam<const char*> {};

TEST_P(BadTokens, AreRefusedWhole) {
  EXPECT_FALSE(parse_tokens(GetParam(), "tokens.yaml"));
}

INSTANTIATE_TEST_SUITE_P(
    , BadTokens,
    testing::Values("name: ann", "- ann", "- {name: ann, role: reader}", "- {name: ann, role: king, certificate: true}",
                    "- {name: ann, role: reader, sha256: \"12\"}", "- {role: reader, certificate: true}",
                    "- {name: ann, role: reader, certificate: false}", "- {name: ann, certificate: true}",
                    "- {name: ann, role: reader, certificate: true, note: x}",
                    "- {name: ann, role: reader, certificate",
                    "- {name: ann, role: reader, certificate: true, "
                    "sha256: \"0000000000000000000000000000000000000000000000000000000000000000\"}"));

TEST(NoTokens, AnEmptyFileIsNoFault) {
  EXPECT_TRUE(parse_tokens("", "tokens.yaml"));
  EXPECT_TRUE(parse_tokens("[]", "tokens.yaml"));
}

}  // namespace
}  // namespace jitgate
