#pragma once

#include <gtest/gtest.h>
#include <windows.h>

#include <aclapi.h>

#include <fstream>
#include <iterator>
#include <string>

#include "agent/model/result.hpp"
#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wide_text.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate::test {

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Gives a file or directory the access list of this SDDL text, and nothing of its parent's.
inline void set_access(const std::string& path, const wchar_t* sddl) {
  const auto descriptor = SecurityDescriptor::parse(sddl);
  ASSERT_TRUE(descriptor);
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL list = nullptr;
  ASSERT_NE(::GetSecurityDescriptorDacl(descriptor->attributes().lpSecurityDescriptor, &present, &list, &defaulted), 0);
  std::wstring name = wide_path(path);
  ASSERT_EQ(::SetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT,
                                    DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr, nullptr,
                                    list, nullptr),
            static_cast<DWORD>(ERROR_SUCCESS));
}

inline constexpr const wchar_t* kOursAlone = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)";
inline constexpr const wchar_t* kEverybodyReads = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;WD)";
inline constexpr const wchar_t* kEverybodyWrites = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FRFW;;;WD)";

/// EXPECT that a result is an error of this code whose description holds `part`.
template <class T>
testing::AssertionResult fails_with(const Result<T>& result, errc code, const std::string& part) {
  if (result) return testing::AssertionFailure() << "succeeded";
  const std::string text = describe(result.error());
  if (result.error().code != code) return testing::AssertionFailure() << to_string(result.error().code) << ": " << text;
  if (text.find(part) == std::string::npos)
    return testing::AssertionFailure() << "\"" << text << "\" lacks \"" << part << "\"";
  return testing::AssertionSuccess();
}

template <class T>
testing::AssertionResult succeeds(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << describe(result.error());
}

}  // namespace jitgate::test
