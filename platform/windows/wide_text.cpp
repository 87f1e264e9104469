#include "platform/windows/wide_text.hpp"

#include <windows.h>

#include <algorithm>

namespace jitgate {
namespace {

std::wstring full_path(const std::wstring& path) {
  std::wstring full(::GetFullPathNameW(path.c_str(), 0, nullptr, nullptr), L'\0');
  const DWORD size = ::GetFullPathNameW(path.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
  if (size == 0 || size >= full.size()) return path;
  full.resize(size);
  return full;
}

}  // namespace

std::wstring wide_text(std::string_view utf8) {
  const int bytes = static_cast<int>(utf8.size());
  std::wstring wide(static_cast<std::size_t>(::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, nullptr, 0)), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, wide.data(), static_cast<int>(wide.size()));
  return wide;
}

std::string utf8_text(std::wstring_view wide) {
  const int units = static_cast<int>(wide.size());
  std::string utf8(
      static_cast<std::size_t>(::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, nullptr, 0, nullptr, nullptr)),
      '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, utf8.data(), static_cast<int>(utf8.size()), nullptr, nullptr);
  return utf8;
}

std::wstring wide_path(std::string_view utf8) {
  std::wstring path = wide_text(utf8);
  std::ranges::replace(path, L'/', L'\\');
  // A directory's limit is lower than a file's, by a name of the old form.
  constexpr std::size_t kLongest = MAX_PATH - 12;
  if (path.size() < kLongest || path.starts_with(L"\\\\")) return path;
  return L"\\\\?\\" + full_path(path);
}

}  // namespace jitgate
