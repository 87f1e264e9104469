#pragma once

#include "platform/windows/account.hpp"

namespace jitgate {

/// Who this process runs as. Throws std::runtime_error where that cannot be read.
[[nodiscard]] Sid process_user();

/// Runs elevated: the token of an administrator who does not has the group for denying only.
[[nodiscard]] bool process_is_administrator();

}  // namespace jitgate
