#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "cli/outcome.hpp"

namespace jitgate::cli {

/// The last failed system call (errno) as a failure about `path`.
[[nodiscard]] Failure file_failure(const std::string& path);

/// The whole of a regular file of at most 1 MiB.
[[nodiscard]] Outcome<std::string> read_file(const std::string& path);

/// Keeps other instances of this program from replacing files in the same directory, as long as it lives.
class DirectoryLock {
 public:
  /// Of the directory that `path` lies in; waits for who holds it.
  [[nodiscard]] static Outcome<DirectoryLock> of(const std::string& path);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();
  [[nodiscard]] int fd() const { return fd_; }

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

enum class Existing : bool { keep, replace };

/// Writes `path` as a whole or not at all, durably. `directory` is the lock of its directory: the name "PATH.new" is
/// ours meanwhile. Where there is a file already, Existing::keep fails.
[[nodiscard]] Outcome<ExitCode> write_file(const DirectoryLock& directory, const std::string& path,
                                           std::string_view text, mode_t mode, Existing existing);

}  // namespace jitgate::cli
