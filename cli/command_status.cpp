#include <memory>

#include "cli/command.hpp"
#include "cli/status_text.hpp"

namespace jitgate::cli {
namespace {

Outcome<ExitCode> status(Invocation& invocation, bool brief) {
  const Outcome<boost::json::value> report = invocation.client().get("/v1/status");
  if (!report) return report.error();
  if (invocation.json) {
    invocation.print_json(*report);
  } else {
    invocation.environment.out << (brief ? brief_status(*report) : full_status(*report, invocation.environment.now()));
  }
  if (is_healthy(*report)) return ExitCode::done;
  std::string why = brief_status(*report);
  why.pop_back();
  return Failure{ExitCode::failed, "not as it should be: " + why};
}

}  // namespace

void add_status(CLI::App& program, Invocation& invocation) {
  auto brief = std::make_shared<bool>(false);
  CLI::App& command =
      add_subcommand(program, "status", "locks, grants, sources; exit 1 when not enforcing, out of sync or exposed");
  command.add_flag("--brief", *brief, "one line");
  command.callback(
      [&invocation, brief] { invocation.selected = [&invocation, brief] { return status(invocation, *brief); }; });
}

}  // namespace jitgate::cli
