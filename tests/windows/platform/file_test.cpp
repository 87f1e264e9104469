#include "platform/marker_file.hpp"
#include "platform/private_file.hpp"
#include "platform/replace_file.hpp"
#include "platform/secret_file.hpp"
#include "platform/trusted_file.hpp"
#include "platform/whole_file.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

constexpr std::size_t kLimit = 64;

class WindowsFile : public testing::Test {
 protected:
  ScratchDirectory directory;
  const std::string path = directory.file("f");

  void make(const std::string& content, const wchar_t* access) {
    write_file(path, content);
    set_access(path, access);
  }
};

TEST_F(WindowsFile, ASecretIsReadWhereOthersMayNot) {
  make("secret", kOursAlone);
  EXPECT_EQ(read_secret_file(path, kLimit).value(), "secret");
}

TEST_F(WindowsFile, ASecretThatOthersMayReadIsRefused) {
  make("secret", kEverybodyReads);
  EXPECT_TRUE(fails_with(read_secret_file(path, kLimit), errc::system_failed, "may be read or written by others"));
  EXPECT_TRUE(fails_with(read_secret_file(path, kLimit), errc::system_failed, "icacls \"" + path + "\""));
}

TEST_F(WindowsFile, ATrustedFileMayBeReadButNotWrittenByOthers) {
  make("trust", kEverybodyReads);
  EXPECT_EQ(read_trusted_file(path, kLimit).value(), "trust");
  set_access(path, kEverybodyWrites);
  EXPECT_TRUE(fails_with(read_trusted_file(path, kLimit), errc::system_failed, "may be changed by others"));
}

TEST_F(WindowsFile, WhatIsMissingTooLargeOrNoFileIsToldApart) {
  EXPECT_TRUE(fails_with(read_trusted_file(path, kLimit), errc::not_found, "cannot be opened"));
  make(std::string(kLimit + 1, 'x'), kOursAlone);
  EXPECT_TRUE(fails_with(read_trusted_file(path, kLimit), errc::system_failed, "larger than 64 bytes"));
  EXPECT_TRUE(fails_with(read_trusted_file(directory.path(), kLimit), errc::system_failed, "not a regular file"));
  EXPECT_TRUE(fails_with(read_trusted_file("NUL", kLimit), errc::system_failed, "not a regular file"));
}

TEST_F(WindowsFile, AnUpdatedSecretIsWholeAndStaysSecret) {
  const auto append = [](std::string content) -> Result<std::string> { return content + "x"; };
  ASSERT_TRUE(succeeds(update_secret_file(path, kLimit, append)));
  ASSERT_TRUE(succeeds(update_secret_file(path, kLimit, append)));
  EXPECT_EQ(read_secret_file(path, kLimit).value(), "xx");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_F(WindowsFile, AnUpdateThatFailsLeavesWhatWasThere) {
  make("before", kOursAlone);
  const auto refuse = [](std::string) -> Result<std::string> { return error(errc::refused, "no"); };
  EXPECT_TRUE(fails_with(update_secret_file(path, kLimit, refuse), errc::refused, "no"));
  EXPECT_EQ(read_file(path), "before");
}

TEST_F(WindowsFile, TheStampChangesWithTheFile) {
  write_file(path, "one");
  const FileStamp before = stamp_file(path).value();
  EXPECT_EQ(stamp_file(path).value(), before);
  write_file(path, "longer");
  EXPECT_NE(stamp_file(path).value(), before);
  EXPECT_TRUE(fails_with(stamp_file(directory.file("none")), errc::not_found, ""));
}

TEST_F(WindowsFile, APrivateFileIsMadeEmptyForItsOwnerAlone) {
  ASSERT_TRUE(succeeds(create_private_file(path)));
  EXPECT_EQ(read_secret_file(path, kLimit).value(), "");
}

TEST_F(WindowsFile, APrivateFileKeepsWhatIsThereAndLosesTheOthers) {
  make("content", kEverybodyWrites);
  ASSERT_TRUE(succeeds(create_private_file(path)));
  EXPECT_EQ(read_secret_file(path, kLimit).value(), "content");
}

TEST_F(WindowsFile, CheckingAPrivateFileMakesNothing) {
  EXPECT_TRUE(fails_with(check_private_file(path), errc::system_failed, "no such file"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(WindowsFile, AMarkerThatOthersCouldHaveLeftSaysNothing) {
  ASSERT_TRUE(succeeds(write_marker(path, "ours")));
  EXPECT_EQ(read_marker(path).value(), "ours");
  set_access(path, kEverybodyWrites);
  EXPECT_TRUE(fails_with(read_marker(path), errc::system_failed, "may be changed by others"));
}

TEST_F(WindowsFile, AReplacedFileIsReadableForWhomItIsFor) {
  ASSERT_TRUE(succeeds(replace_file(path, "one", FileReaders::everybody, Durability::none)));
  EXPECT_FALSE(read_secret_file(path, kLimit));
  ASSERT_TRUE(succeeds(replace_file(path, "two", FileReaders::owner, Durability::complete)));
  EXPECT_EQ(read_secret_file(path, kLimit).value(), "two");
}

TEST_F(WindowsFile, AWholeFileIsKeptWhereItIsToBeKept) {
  ASSERT_TRUE(succeeds(write_whole_file(path, "one", Existing::keep)));
  EXPECT_TRUE(fails_with(write_whole_file(path, "two", Existing::keep), errc::conflict, ""));
  EXPECT_EQ(read_file(path), "one");
  ASSERT_TRUE(succeeds(write_whole_file(path, "two", Existing::replace)));
  EXPECT_EQ(read_file(path), "two");
}

TEST_F(WindowsFile, AWholeFileNeedsItsDirectory) {
  EXPECT_TRUE(fails_with(write_whole_file(directory.file("none/f"), "x", Existing::replace), errc::not_found, ""));
}

TEST_F(WindowsFile, AMarkerIsThereUntilItIsRemoved) {
  ASSERT_TRUE(succeeds(write_marker(path, "why")));
  EXPECT_EQ(read_marker(path).value(), "why");
  ASSERT_TRUE(succeeds(remove_marker(path)));
  EXPECT_FALSE(read_marker(path));
  EXPECT_TRUE(succeeds(remove_marker(path)));
}

TEST_F(WindowsFile, ANameOfAnyScriptIsTaken) {
  const std::string name = directory.file("Zürich \xE2\x82\xAC");
  ASSERT_TRUE(succeeds(write_marker(name, "x")));
  EXPECT_NE(::GetFileAttributesW(wide_path(name).c_str()), INVALID_FILE_ATTRIBUTES);
}

}  // namespace
}  // namespace jitgate::test
