#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// What to do where there is a file already.
enum class Existing : bool { keep, replace };

/// Writes a file that everybody may read (less what the umask takes away), as a whole and durably or not at all.
/// Processes that do this in one directory take turns; the name with ".new" behind it is theirs. Fails with
/// errc::conflict where a file is to be kept, errc::not_permitted where this process may not write there,
/// errc::not_found without the directory, else errc::system_failed.
[[nodiscard]] Result<void> write_whole_file(const std::string& path, std::string_view content, Existing existing);

}  // namespace jitgate
