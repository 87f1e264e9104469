#pragma once

#include <sys/types.h>

#include <string>

namespace jitgate::bench {

/// A real jitgated with its files in a directory of its own. Locks TCP port 22, takes requests for an hour.
class DaemonProcess {
 public:
  /// `directory` must exist. Starts it in the caller's network namespace.
  DaemonProcess(const std::string& program, std::string directory);
  /// Ends it by SIGTERM and waits.
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  static constexpr const char* kHost = "bench";

  /// Returns when the API answers.
  void await_ready() const;
  /// POST /v1/requests on a new connection; returns when the answer's head is there, which must say 201: the port is
  /// open then.
  void request_access(const std::string& source, const std::string& duration = "PT1H") const;
  /// The value of one sample of GET /metrics.
  [[nodiscard]] double metric(const std::string& series) const;
  [[nodiscard]] std::string socket() const;
  /// A line of /proc/PID/status in KiB: "VmRSS", "RssAnon", "RssFile".
  [[nodiscard]] double memory(const std::string& name) const;

  [[nodiscard]] static std::string state_directory(const std::string& directory) { return directory + "/state"; }

 private:
  [[nodiscard]] std::string exchange(const std::string& request) const;

  std::string directory_;
  pid_t process_;
};

}  // namespace jitgate::bench
