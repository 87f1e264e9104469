#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/netns/daemon_process.hpp"
#include "tests/netns/harness.hpp"
#include "tests/netns/wall_clock_preload.hpp"

namespace jitgate::netns {

/// For what a whole process has to do, on a machine that is busy with other tests and under sanitizers.
inline constexpr std::chrono::milliseconds kLong{60'000};

/// One port of a policy.
struct LockedPort {
  int number;
  std::string protocol;
  std::string more;  ///< further keys: ", onExpiry: terminate"
};

/// What goes into jitgate.yaml.
struct Settings {
  std::vector<LockedPort> ports{{22, "TCP", {}}, {22, "UDP", {}}, {23, "TCP", {}}, {23, "UDP", {}}};
  std::string mode = "enforce";
  std::string deny_action = "reject";  ///< answers at once, so that a refusal need not be waited for
  std::string own_table = "on";
  std::string existing_rules = "override";
  std::string enforcement;     ///< further keys of `enforcement`: ", forwarded: true"
  std::string api;             ///< further keys of `api`: ", listen: ..."
  std::string limits;          ///< further keys of `limits`: ", grantsPerSource: 5"
  std::string more;            ///< whole lines
  bool policy_by_api = false;  ///< policy.authority: api, and none of `ports`
};

/// The real jitgated in a server's network namespace, its files in a directory of its own, and the real jitgate to talk
/// to it. It is ended with its owner. What goes wrong throws, with the daemon's log.
class Daemon {
 public:
  explicit Daemon(const NetworkNamespace& server);
  ~Daemon();

  Settings settings;                             ///< written by start(), launch() and reload()
  std::optional<std::chrono::seconds> boottime;  ///< as in Surroundings, for the next start

  /// Starts it and waits until its API answers.
  void start();
  /// The same with the configuration file as it is.
  void start_with_file();
  /// Starts it with the configuration file as it is, and does not wait.
  void launch();
  /// SIGTERM, and waits for the end; gives the exit status.
  int stop();
  /// SIGKILL, and waits for the end.
  void kill();
  void signal(int number) const { process_->signal(number); }
  /// Its exit status, when it ends within kLong by itself.
  std::optional<int> wait() { return process_->wait(kLong); }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] bool runs() { return process_ && !process_->wait(std::chrono::milliseconds(0)); }
  /// SIGHUP with these settings; true when they were taken over, false when refused.
  bool reload();
  /// The same with the configuration file as it is.
  bool reload_file();
  void write_config() const;

  /// `jitgate ARGUMENTS` to its end.
  [[nodiscard]] ExecResult cli(std::vector<std::string> arguments) const;
  /// The same with --json; throws unless it was done (status may complain about what it reports).
  [[nodiscard]] boost::json::value json(std::vector<std::string> arguments) const;
  /// `jitgated ARGUMENTS` beside the one that runs, to its end.
  [[nodiscard]] ExecResult run(const std::vector<std::string>& arguments) const;

  /// The wall clock that the daemon sees from now on, in seconds from the true one, and whether it is synchronised.
  /// Before start(): the daemon is started with the preloaded clock.
  void set_wall_clock(std::chrono::seconds shift, bool synchronized = true);
  /// Mounts for the daemon alone; made at the first call, and for the next start.
  const MountNamespace& mounts();

  [[nodiscard]] std::string log() const;
  [[nodiscard]] const ScratchDirectory& scratch() const { return scratch_; }
  [[nodiscard]] std::string config_path() const { return scratch_.file("jitgate.yaml"); }
  [[nodiscard]] std::string socket_path() const { return scratch_.file("sock"); }
  [[nodiscard]] std::string state_directory() const { return scratch_.file("state"); }

  // What the CLI says, taken apart.
  [[nodiscard]] boost::json::value status() const { return json({"status"}); }
  [[nodiscard]] std::string state() const;
  [[nodiscard]] std::int64_t drift() const;
  /// All reasons of the status in one text.
  [[nodiscard]] std::string reasons() const;
  /// The grant's id; throws when it is refused.
  [[nodiscard]] std::string request(const std::string& port, const std::string& source, const std::string& duration);
  /// A grant, ended ones included; throws when there is none.
  [[nodiscard]] boost::json::value grant(const std::string& id) const;
  /// Of the grant's first port: "Initiated", or why it ended.
  [[nodiscard]] std::string condition(const std::string& id) const;
  [[nodiscard]] std::int64_t remaining(const std::string& id) const;
  /// The operations that the audit has for a grant, in order.
  [[nodiscard]] std::vector<std::string> operations(const std::string& id) const;
  /// How many audit records of this operation there are.
  [[nodiscard]] std::size_t audited(const std::string& operation) const;

 private:
  [[nodiscard]] std::vector<std::string> environment() const;

  const NetworkNamespace& server_;
  ScratchDirectory scratch_;
  std::unique_ptr<MountNamespace> mounts_;
  bool own_wall_clock_ = false;
  std::unique_ptr<Process> process_;
};

/// The text of a JSON member.
std::string text(const boost::json::value& object, const char* member);

}  // namespace jitgate::netns
