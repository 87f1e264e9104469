#include "cli/program.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <jitgate/version.hpp>

#include "cli/command.hpp"

namespace jitgate::cli {
namespace {

/// CLI11 reports by exceptions; help and version are among them. One line says what is wrong, as for every other
/// failure.
ExitCode parse(CLI::App& program, std::vector<std::string> arguments, Invocation& invocation) {
  std::ranges::reverse(arguments);
  try {
    program.parse(std::move(arguments));
    return ExitCode::done;
  } catch (const CLI::Success& answer) {
    program.exit(answer, invocation.environment.out, invocation.environment.err);
  } catch (const CLI::ParseError& wrong) {
    invocation.notice(std::string(wrong.what()) + " (see jitgate --help)");
    return ExitCode::usage;
  }
  invocation.selected = nullptr;
  return ExitCode::done;
}

}  // namespace

void add_everything(CLI::App& program, Invocation& invocation) {
  program.name("jitgate");
  program.description("just-in-time access to this host's locked ports");
  program.set_version_flag("--version", std::string("jitgate ") + kVersion);
  program.add_option("--socket", invocation.socket, "the daemon's socket")->capture_default_str();
  program.add_flag("--json", invocation.json, "print JSON for programs");
  program.require_subcommand(1);
  for (const Command& command : commands()) command.add(program, invocation);
}

ExitCode run(std::vector<std::string> arguments, Environment& environment) {
  Invocation invocation{environment, host_defaults().api_address, false, nullptr};
  CLI::App program;
  add_everything(program, invocation);
  if (const ExitCode parsed = parse(program, std::move(arguments), invocation); parsed != ExitCode::done) return parsed;
  if (!invocation.selected) return ExitCode::done;
  const Outcome<ExitCode> outcome = invocation.selected();
  if (outcome) return *outcome;
  invocation.notice(outcome.error().message);
  return outcome.error().code;
}

}  // namespace jitgate::cli
