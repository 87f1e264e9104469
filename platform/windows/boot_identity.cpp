#include "platform/windows/boot_identity.hpp"

#include <windows.h>

#include <cstdint>

#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

struct RegistryKey {
  HKEY handle = nullptr;
  ~RegistryKey() {
    if (handle != nullptr) ::RegCloseKey(handle);
  }
};

// Beside and not below the program's own key, which a volatile one could not hold.
constexpr const wchar_t* kBootKey = L"SOFTWARE\\jitgate-boot";

LSTATUS open_or_make(RegistryKey& key) {
  const LSTATUS opened =
      ::RegOpenKeyExW(HKEY_LOCAL_MACHINE, kBootKey, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key.handle);
  if (opened != ERROR_FILE_NOT_FOUND) return opened;
  return ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, kBootKey, 0, nullptr, REG_OPTION_VOLATILE,
                           KEY_QUERY_VALUE | KEY_WOW64_64KEY, nullptr, &key.handle, nullptr);
}

}  // namespace

Result<std::string> boot_identity() {
  RegistryKey key;
  if (const LSTATUS status = open_or_make(key); status != ERROR_SUCCESS)
    return windows_error(static_cast<std::uint32_t>(status), "this boot cannot be told from others");
  FILETIME written{};  // nothing is ever put into it: when it was made
  const LSTATUS status = ::RegQueryInfoKeyW(key.handle, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                            nullptr, nullptr, nullptr, &written);
  if (status != ERROR_SUCCESS)
    return windows_error(static_cast<std::uint32_t>(status), "this boot cannot be told from others");
  return std::to_string((std::uint64_t{written.dwHighDateTime} << 32) | written.dwLowDateTime);
}

}  // namespace jitgate
