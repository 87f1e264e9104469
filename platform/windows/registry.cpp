#include "platform/windows/registry.hpp"

#include <windows.h>

#include <array>

#include "platform/windows/wide_text.hpp"

namespace jitgate {

std::optional<std::string> registry_text(std::string_view key, std::string_view value) {
  std::array<wchar_t, 512> text{};
  DWORD bytes = sizeof text;  // with the terminator
  const LSTATUS status = ::RegGetValueW(HKEY_LOCAL_MACHINE, wide_text(key).c_str(), wide_text(value).c_str(),
                                        RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, nullptr, text.data(), &bytes);
  if (status != ERROR_SUCCESS) return std::nullopt;
  return utf8_text(text.data());
}

std::optional<std::uint32_t> registry_number(std::string_view key, std::string_view value) {
  DWORD number = 0;
  DWORD bytes = sizeof number;
  const LSTATUS status = ::RegGetValueW(HKEY_LOCAL_MACHINE, wide_text(key).c_str(), wide_text(value).c_str(),
                                        RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, nullptr, &number, &bytes);
  if (status != ERROR_SUCCESS) return std::nullopt;
  return number;
}

}  // namespace jitgate
