#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// What the system says of a code (GetLastError, a Win32 status), in one line of UTF-8, without the full stop.
[[nodiscard]] std::string windows_message(std::uint32_t code);

/// "WHAT: the system's words". errc::not_found, not_permitted, conflict (it exists already), unavailable (the
/// system is short of something) or system_failed by `code`.
[[nodiscard]] Error windows_error(std::uint32_t code, std::string_view what, std::string target = {});

/// That of the last failed call of this thread (GetLastError).
[[nodiscard]] Error last_windows_error(std::string_view what, std::string target = {});

}  // namespace jitgate
