#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace jitgate {

/// Returns when a change in `directory` gets another time than its last one: file systems count in milliseconds.
/// `probe`: a file elsewhere on the same file system, to be written.
inline void wait_for_file_clock(const std::string& directory, const std::string& probe) {
  do {
    std::filesystem::remove(probe);
    std::ofstream(probe) << 'x';
  } while (std::filesystem::last_write_time(probe) <= std::filesystem::last_write_time(directory));
}

}  // namespace jitgate
