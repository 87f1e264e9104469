#include "platform/linux/owned_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "platform/linux/file_handle.hpp"
#include "platform/linux/file_reading.hpp"
#include "platform/linux/file_replacement.hpp"

namespace jitgate {
namespace {

Result<void> check_owned(int file, mode_t forbidden, const char* why, uid_t other, const std::string& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return file_error("cannot be read", path);
  const auto refused = [&path](const char* what) { return error(errc::system_failed, what, path); };
  if (!S_ISREG(status.st_mode)) return refused("is not a regular file");
  if (!has_trusted_owner(status) && status.st_uid != other) return refused("belongs to another user than root");
  if ((status.st_mode & forbidden) != 0) return refused(why);
  return {};
}

}  // namespace

Result<std::string> read_owned_file(const std::string& path, std::size_t limit, mode_t forbidden, const char* why,
                                    uid_t other) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return file_error("cannot be read", path);
  if (const auto checked = check_owned(file.get(), forbidden, why, other, path); !checked) return checked.error();
  return read_descriptor(file.get(), limit, path);
}

}  // namespace jitgate
