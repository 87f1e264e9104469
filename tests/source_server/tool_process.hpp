#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace jitgate::testing_server {

/// A program of others, for as long as this lives. Ended by SIGTERM, and waited for.
class ToolProcess {
 public:
  /// The program is looked for on the path, /usr/sbin included. Throws std::runtime_error where it cannot be started.
  explicit ToolProcess(const std::vector<std::string>& words);
  ~ToolProcess();
  ToolProcess(const ToolProcess&) = delete;
  ToolProcess& operator=(const ToolProcess&) = delete;

  /// What it has written (standard output and error) up to the end of the first line that holds `text`. Throws
  /// std::runtime_error, with what was written, where it ends before.
  std::string read_until(const std::string& text);

  [[nodiscard]] static bool is_installed(const std::string& program);

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string written_;
};

}  // namespace jitgate::testing_server
