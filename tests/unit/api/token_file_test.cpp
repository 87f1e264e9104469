#include "agent/api/token_file.hpp"
#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"

#include <gtest/gtest.h>

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
  void write(const std::string& text, FileAccess access = FileAccess::owner) const {
    const std::string fresh = path() + ".new";
    std::ofstream(fresh) << text;
    set_file_access(fresh, access);
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
  for (const FileAccess access : {FileAccess::others_read, FileAccess::others_write}) {
    write(entry("ann", "requester", "secret-a"), access);
    EXPECT_FALSE(file.find_token("secret-a"));
  }
  write(entry("ann", "requester", "secret-a"));
  EXPECT_TRUE(file.find_token("secret-a"));
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
