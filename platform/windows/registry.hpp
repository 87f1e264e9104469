#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jitgate {

/// Values below HKEY_LOCAL_MACHINE, in the view of 64-bit programs. nullopt: it is not there, is of another type, or
/// may not be read.
[[nodiscard]] std::optional<std::string> registry_text(std::string_view key, std::string_view value);
[[nodiscard]] std::optional<std::uint32_t> registry_number(std::string_view key, std::string_view value);

}  // namespace jitgate
