#include "cli/text_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace jitgate::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFile = 1024 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

/// A link, other than a rename, takes nobody's place.
bool place(const std::string& fresh, const std::string& path, Existing existing) {
  if (existing == Existing::replace) return ::rename(fresh.c_str(), path.c_str()) == 0;
  return ::link(fresh.c_str(), path.c_str()) == 0 && ::unlink(fresh.c_str()) == 0;
}

}  // namespace

Failure file_failure(const std::string& path) {
  const ExitCode code = errno == EACCES || errno == EPERM ? ExitCode::not_permitted : ExitCode::failed;
  return Failure{code, path + ": " + std::strerror(errno)};
}

Outcome<std::string> read_file(const std::string& path) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return Failure{ExitCode::failed, path + ": no such regular file"};
  if (fs::file_size(path, code) > kMaxFile || code) return Failure{ExitCode::failed, path + ": larger than 1 MiB"};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file.peek() != std::ifstream::traits_type::eof()) content << file.rdbuf();
  if (!file.is_open() || file.bad()) return Failure{ExitCode::failed, path + ": cannot be read"};
  return content.str();
}

Outcome<DirectoryLock> DirectoryLock::of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  const std::string directory = parent.empty() ? "." : parent.string();
  DirectoryLock lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.fd_ < 0 || ::flock(lock.fd_, LOCK_EX) != 0) return file_failure(directory);
  return lock;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

Outcome<ExitCode> write_file(const DirectoryLock& directory, const std::string& path, std::string_view text,
                             mode_t mode, Existing existing) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (file.get() < 0) return file_failure(fresh);
  if (!write_all(file.get(), text) || !place(fresh, path, existing)) {
    const Failure why = file_failure(path);
    ::unlink(fresh.c_str());
    return why;
  }
  if (::fsync(directory.fd()) != 0) return file_failure(path);
  return ExitCode::done;
}

}  // namespace jitgate::cli
