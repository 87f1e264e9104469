#pragma once

#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// Makes the directory that only the daemon and the host's administrators may look into (mode 0700; on Windows: SYSTEM
/// and Administrators, nothing inherited), with what leads to it. One that is there is left as it
/// is; on Windows, where every user may make directories in ProgramData, errc::not_permitted when somebody else could
/// change it or it is a link.
[[nodiscard]] Result<void> make_state_directory(const std::string& path);

}  // namespace jitgate
