#pragma once

#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// Makes sure that `path` is a regular file that its owner alone can read and write: an empty one is made where there
/// is none, with that mode from the first moment, whatever the umask; one that is there keeps its content and loses the
/// others' access. A symbolic link is refused. errc::system_failed with the operating system's reason in the message
/// ("the disk is full", "no such directory").
[[nodiscard]] Result<void> create_private_file(const std::string& path);

/// The same for a file that has to be there already.
[[nodiscard]] Result<void> check_private_file(const std::string& path);

}  // namespace jitgate
