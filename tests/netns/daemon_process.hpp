#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/netns/harness.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate::netns {

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

/// A mount namespace in which the test may mount what it likes: nothing of it is seen outside, and it ends with the
/// last descriptor and process. Needs root; failure throws.
class MountNamespace {
 public:
  MountNamespace();
  ~MountNamespace();
  MountNamespace(const MountNamespace&) = delete;
  MountNamespace& operator=(const MountNamespace&) = delete;

  void mount_tmpfs(const std::string& at, const std::string& options) const;
  /// Shows `source` in the place of `at`.
  void bind(const std::string& source, const std::string& at) const;
  /// A bind mount that was made here, readable only or writable again.
  void remount(const std::string& at, bool read_only) const;
  /// Runs `work` on a thread that sees the mounts.
  void run(const std::function<void()>& work) const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

/// What a process is run in and with.
struct Surroundings {
  const NetworkNamespace& network;
  const MountNamespace* mounts = nullptr;
  std::vector<std::string> environment{};  ///< NAME=value, beside the test's own
  std::optional<std::chrono::seconds>
      boottime{};  ///< starts CLOCK_BOOTTIME there (time_namespaces(7)): a young machine
};

/// A child process with both outputs in one file. Ended by SIGKILL with its owner.
class Process {
 public:
  Process(const std::vector<std::string>& command, const Surroundings& surroundings, const std::string& log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Its exit status, or 128 + the signal that ended it; nullopt when it still runs after `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout);

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<int> status_;
};

}  // namespace jitgate::netns
