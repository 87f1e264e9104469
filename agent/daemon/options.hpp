#pragma once

#include <string>
#include <variant>

#include "agent/model/clock.hpp"

namespace jitgate {

/// What jitgated was started for.
struct Serve {};
struct CheckConfig {};
struct Render {};
struct LockEarly {};
struct Release {
  Duration duration;
};
struct Doctor {
  bool json = false;
};

struct DaemonOptions {
  std::string config = "/etc/jitgate/jitgate.yaml";
  std::variant<Serve, CheckConfig, Render, LockEarly, Release, Doctor> action;
};

/// Each returns the exit status of the process.
int serve(const std::string& config);
int check_config(const std::string& config);
int render(const std::string& config);
/// Puts the locks of the configuration, or of the last one that could be used, in place, with no grants, and leaves
/// them. Success, and nothing changed, where they are disabled or released, where they stand, or where a daemon runs.
/// A failure, with the locks that are known in place, where the list of those that the API set is damaged.
int lock_early(const std::string& config);
int release(Duration duration);
int examine_host(const std::string& config, bool json);

/// $RUNTIME_DIRECTORY (systemd), or /run/jitgate.
[[nodiscard]] std::string runtime_directory();

}  // namespace jitgate
