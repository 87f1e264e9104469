#include "platform/windows/windows_error.hpp"

#include <windows.h>

#include <array>

#include "platform/windows/wide_text.hpp"

namespace jitgate {
namespace {

errc kind_of(DWORD code) {
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_BAD_NETPATH:
    case ERROR_INVALID_DRIVE:
      return errc::not_found;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_WRITE_PROTECT:
      return errc::not_permitted;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return errc::conflict;
    case ERROR_INVALID_HANDLE:  // what Wine says now and then of a file that was opened a moment before
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_OUTOFMEMORY:
      return errc::unavailable;
    default:
      return errc::system_failed;
  }
}

}  // namespace

std::string windows_message(std::uint32_t code) {
  std::array<wchar_t, 512> text{};
  DWORD size =
      ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK,
                       nullptr, code, 0, text.data(), static_cast<DWORD>(text.size()), nullptr);
  while (size > 0 && (text[size - 1] == L' ' || text[size - 1] == L'.')) --size;
  return size == 0 ? "error " + std::to_string(code) : utf8_text({text.data(), size});
}

Error windows_error(std::uint32_t code, std::string_view what, std::string target) {
  return error(kind_of(code), std::string(what) + ": " + windows_message(code), std::move(target));
}

Error last_windows_error(std::string_view what, std::string target) {
  return windows_error(::GetLastError(), what, std::move(target));
}

}  // namespace jitgate
