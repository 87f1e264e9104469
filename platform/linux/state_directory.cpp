#include "platform/state_directory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace jitgate {

Result<void> make_state_directory(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) return {};
  std::filesystem::create_directories(path, failed);
  if (failed) return error(errc::system_failed, "cannot make the directory: " + failed.message(), path);
  if (::chmod(path.c_str(), 0700) != 0)
    return error(errc::system_failed, std::string("cannot set the mode: ") + std::strerror(errno), path);
  return {};
}

}  // namespace jitgate
