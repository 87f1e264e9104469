#include "platform/instance_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

constexpr const char* kPidFile = "lock";

// What is locked is the directory itself: it can be opened on a full or read-only disk, where a file could not be made.
// The file in it only says who has the lock (flock(2) does not).
class LinuxInstanceLock final : public InstanceLock {
 public:
  explicit LinuxInstanceLock(FileHandle directory) : directory_(std::move(directory)) {}
  ~LinuxInstanceLock() override { (void)::unlinkat(directory_.get(), kPidFile, 0); }

 private:
  FileHandle directory_;  // its lock ends with the last descriptor of this open file
};

std::string read_pid(int directory) {
  const FileHandle file(::openat(directory, kPidFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::array<char, 16> text{};
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : -1;
  unsigned long pid = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc()) return {};
  return " (pid " + std::to_string(pid) + ")";
}

// Best effort: without it, a second instance cannot name the first.
void write_pid(int directory) {
  (void)::unlinkat(directory, kPidFile, 0);
  const FileHandle file(::openat(directory, kPidFile, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const std::string text = std::to_string(::getpid()) + "\n";
  if (file && ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    (void)::unlinkat(directory, kPidFile, 0);
  }
}

}  // namespace

Result<std::unique_ptr<InstanceLock>> lock_instance(const std::string& directory) {
  FileHandle handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle) {
    return error(errc::system_failed, "the state directory cannot be opened: " + std::generic_category().message(errno),
                 directory);
  }
  if (::flock(handle.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return error(errc::conflict, "another jitgated is running" + read_pid(handle.get()), directory);
    }
    return error(errc::system_failed, "the state directory cannot be locked: " + std::generic_category().message(errno),
                 directory);
  }
  write_pid(handle.get());
  return std::unique_ptr<InstanceLock>(std::make_unique<LinuxInstanceLock>(std::move(handle)));
}

}  // namespace jitgate
