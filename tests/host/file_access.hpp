#pragma once

#include <cstdint>
#include <string>

namespace jitgate {

/// Who may do what with a file, beside whoever it belongs to.
enum class FileAccess : std::uint8_t { owner, others_read, others_write };

/// Modes (chmod(2)), or an access list, which hands nothing down. Throws std::runtime_error.
void set_file_access(const std::string& path, FileAccess access);

/// The same of a directory, where others may list or put something into it. On Windows new files inherit it.
void set_directory_access(const std::string& path, FileAccess access);

}  // namespace jitgate
