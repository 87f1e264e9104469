#include "platform/state_directory.hpp"

#include <gtest/gtest.h>

#include <windows.h>

#include <filesystem>

#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wide_text.hpp"

namespace jitgate {
namespace {

namespace fs = std::filesystem;

class StateDirectory : public testing::Test {
 protected:
  ~StateDirectory() override {
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }
  std::string path(const char* below) const { return utf8_text((base_ / below).native()); }

  void make_with_access(const wchar_t* sddl) const {
    const auto security = SecurityDescriptor::parse(sddl);
    ASSERT_TRUE(security);
    const auto attributes = security->attributes();
    ASSERT_NE(::CreateDirectoryW(base_.c_str(), nullptr), FALSE);
    ASSERT_NE(::SetFileSecurityW(base_.c_str(), DACL_SECURITY_INFORMATION, attributes.lpSecurityDescriptor), FALSE);
  }

  fs::path base_ = fs::temp_directory_path() / ("jitgate-state-" + std::to_string(::GetCurrentProcessId()));
};

TEST_F(StateDirectory, IsMadeWithWhatLeadsToItAndIsTrustedAfterwards) {
  EXPECT_TRUE(make_state_directory(path("a")));
  EXPECT_TRUE(fs::is_directory(base_ / "a"));
  const auto again = make_state_directory(path("a"));
  EXPECT_TRUE(again) << describe(again.error());
}

TEST_F(StateDirectory, ThatEverybodyCanChangeIsRefused) {
  make_with_access(L"D:P(A;OICI;FA;;;WD)");
  const auto refused = make_state_directory(utf8_text(base_.native()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_permitted) << describe(refused.error());
}

TEST_F(StateDirectory, ThatIsAFileIsRefused) {
  ::CloseHandle(::CreateFileW(base_.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr));
  const auto refused = make_state_directory(utf8_text(base_.native()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_permitted) << describe(refused.error());
}

}  // namespace
}  // namespace jitgate
