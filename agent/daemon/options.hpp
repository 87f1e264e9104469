#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <variant>

#include "agent/model/clock.hpp"
#include "platform/host_defaults.hpp"

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

/// Something that only this operating system has: gets the configuration's path, returns the exit status.
struct HostAction {
  std::function<int(const std::string& config)> perform;
};

struct DaemonOptions {
  std::string config = host_defaults().configuration;
  std::variant<Serve, CheckConfig, Render, LockEarly, Release, Doctor, HostAction> action;
};

/// Adds what only this operating system has; `actions` are those instead of running the daemon. A flag that is given
/// sets `options.action`, while the command line is parsed.
void add_host_options(CLI::App& program, CLI::Option_group& actions, DaemonOptions& options);

/// Each returns the exit status of the process; 2 where there is no such thing on this operating system.
int run_daemon(const std::string& config);
int check_config(const std::string& config);
int render(const std::string& config);
/// Puts the locks of the configuration, or of the last one that could be used, in place, with no grants, and leaves
/// them. Success, and nothing changed, where they are disabled or released, where they stand, or where a daemon runs.
/// A failure, with the locks that are known in place, where the list of those that the API set is damaged.
int lock_early(const std::string& config);
int release(Duration duration);
int examine_host(const std::string& config, bool json);

}  // namespace jitgate
