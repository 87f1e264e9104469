#include "platform/windows/relative_open.hpp"

#include <winternl.h>

#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

constexpr NTSTATUS kDeletePending = static_cast<NTSTATUS>(0xC0000056);  // Windows' error code for it is "access denied"

Error entry_error(NTSTATUS status) {
  const DWORD code = ::RtlNtStatusToDosError(status);
  const std::string why = "cannot be read: " + windows_message(code);
  switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
      return error(errc::not_found, "is not there");
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
      return error(errc::conflict, "is being written");
    case ERROR_INVALID_HANDLE:  // of the directory: it says nothing of the entry
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_OUTOFMEMORY:
    case ERROR_IO_DEVICE:
      return error(errc::unavailable, why);
    default:
      return error(status == kDeletePending ? errc::not_found : errc::system_failed, why);
  }
}

}  // namespace

Result<WindowsHandle> open_in(HANDLE directory, std::string_view name, OpenedFor use) {
  if (name.find_first_of("\\/:") != std::string_view::npos) return error(errc::not_found, "is not there");
  std::wstring wide = wide_text(name);
  const auto bytes = static_cast<USHORT>(wide.size() * sizeof(wchar_t));
  UNICODE_STRING text{bytes, bytes, wide.data()};
  OBJECT_ATTRIBUTES which{};
  InitializeObjectAttributes(&which, &text, OBJ_CASE_INSENSITIVE, directory, nullptr);
  IO_STATUS_BLOCK done{};
  const bool reading = use == OpenedFor::reading;
  const ACCESS_MASK access = reading ? FILE_GENERIC_READ : FILE_LIST_DIRECTORY | SYNCHRONIZE;
  const ULONG options = (reading ? FILE_OPEN_REPARSE_POINT : FILE_DIRECTORY_FILE) |
                        (use == OpenedFor::watching ? 0 : FILE_SYNCHRONOUS_IO_NONALERT);
  HANDLE opened = nullptr;
  const NTSTATUS status =
      ::NtOpenFile(&opened, access, &which, &done, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, options);
  if (status < 0) return entry_error(status);
  return WindowsHandle(opened);
}

}  // namespace jitgate
