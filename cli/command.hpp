#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/api_client.hpp"
#include "cli/environment.hpp"
#include "platform/host_defaults.hpp"

namespace jitgate::cli {

/// What a command works with. Lives as long as the program's one run.
struct Invocation {
  Environment& environment;
  std::string socket = host_defaults().api_address;
  bool json = false;
  /// Set by the command that was named, while the command line is parsed. What fails is returned; `run` reports it.
  std::function<Outcome<ExitCode>()> selected;

  [[nodiscard]] ApiClient client() const { return ApiClient(socket); }
  /// One line on standard error.
  void notice(std::string_view text);
  /// The reply for programs: one line of JSON on standard output.
  void print_json(const boost::json::value& value);
  /// Shows a reply: as it is with --json, else as `text` tells it. A failure is passed on.
  Outcome<ExitCode> show(const Outcome<boost::json::value>& reply,
                         const std::function<std::string(const boost::json::value&)>& text);
};

/// One command, or group of commands, of the program. The table is the only list of them: help and shell completion
/// come from it.
struct Command {
  std::string_view name;
  void (*add)(CLI::App& program, Invocation& invocation);
};

[[nodiscard]] std::span<const Command> commands();

/// The program's name, its own options and every command.
void add_everything(CLI::App& program, Invocation& invocation);

/// A subcommand that also takes the program's own options (--socket, --json) after its name.
CLI::App& add_subcommand(CLI::App& parent, const std::string& name, const std::string& summary);

void add_status(CLI::App& program, Invocation& invocation);
void add_request(CLI::App& program, Invocation& invocation);
void add_grants(CLI::App& program, Invocation& invocation);
void add_extend(CLI::App& program, Invocation& invocation);
void add_revoke(CLI::App& program, Invocation& invocation);
void add_policy(CLI::App& program, Invocation& invocation);
void add_unlock(CLI::App& program, Invocation& invocation);
void add_enable(CLI::App& program, Invocation& invocation);
void add_disable(CLI::App& program, Invocation& invocation);
void add_explain(CLI::App& program, Invocation& invocation);
void add_acknowledge(CLI::App& program, Invocation& invocation);
void add_audit(CLI::App& program, Invocation& invocation);
void add_doctor(CLI::App& program, Invocation& invocation);
void add_requests(CLI::App& program, Invocation& invocation);
void add_approve(CLI::App& program, Invocation& invocation);
void add_deny(CLI::App& program, Invocation& invocation);
void add_token(CLI::App& program, Invocation& invocation);
void add_sign(CLI::App& program, Invocation& invocation);

}  // namespace jitgate::cli
