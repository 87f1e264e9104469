#include <sys/stat.h>

#include <stdexcept>

#include "tests/host/file_access.hpp"

namespace jitgate {
namespace {

mode_t mode_of(FileAccess access) {
  return access == FileAccess::owner ? 0600 : access == FileAccess::others_read ? 0644 : 0666;
}

void set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) throw std::runtime_error("cannot change the mode of " + path);
}

}  // namespace

void set_file_access(const std::string& path, FileAccess access) {
  set_mode(path, mode_of(access));
}

void set_directory_access(const std::string& path, FileAccess access) {
  // Whoever may read it may search it too.
  const mode_t mode = mode_of(access);
  set_mode(path, mode | (mode & 0444) >> 2);
}

}  // namespace jitgate
