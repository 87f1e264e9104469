#include "windows_fixture.hpp"

#include "platform/windows/windows_error.hpp"

namespace jitgate::test {
namespace {

TEST(WideText, KeepsEveryCharacter) {
  const std::string text = "Zürich \xE2\x82\xAC \xF0\x9F\x94\x92";
  EXPECT_EQ(wide_text(text).size(), 11U);  // the last one takes two units
  EXPECT_EQ(utf8_text(wide_text(text)), text);
  EXPECT_EQ(utf8_text(wide_text("")), "");
}

TEST(WideText, MarksWhatIsNoUtf8) {
  EXPECT_EQ(utf8_text(wide_text("a\xFFz")), "a\xEF\xBF\xBDz");
}

TEST(WidePath, TakesBothSlashes) {
  EXPECT_EQ(wide_path("C:/ProgramData\\jitgate"), L"C:\\ProgramData\\jitgate");
}

TEST(WidePath, ALongOneIsNotCutOff) {
  const ScratchDirectory directory;
  std::string path = directory.path();
  for (int i = 0; i < 3; ++i) {
    path += "/" + std::string(100, 'x');
    ASSERT_NE(::CreateDirectoryW(wide_path(path).c_str(), nullptr), 0) << path;
  }
  EXPECT_TRUE(wide_path(path).starts_with(L"\\\\?\\"));
  EXPECT_NE(::GetFileAttributesW(wide_path(path).c_str()), INVALID_FILE_ATTRIBUTES);
}

TEST(WindowsError, SaysWhatItIs) {
  EXPECT_EQ(windows_error(ERROR_FILE_NOT_FOUND, "cannot be read").code, errc::not_found);
  EXPECT_EQ(windows_error(ERROR_ACCESS_DENIED, "cannot be read").code, errc::not_permitted);
  EXPECT_EQ(windows_error(ERROR_ALREADY_EXISTS, "cannot be made").code, errc::conflict);
  const Error other = windows_error(ERROR_DISK_FULL, "cannot be written", "state.db");
  EXPECT_EQ(other.code, errc::system_failed);
  EXPECT_EQ(other.target, "state.db");
  EXPECT_TRUE(other.message.starts_with("cannot be written: ")) << other.message;
  EXPECT_FALSE(other.message.ends_with(".") || other.message.ends_with("\n")) << other.message;
}

}  // namespace
}  // namespace jitgate::test
