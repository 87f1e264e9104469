#include "cli/command.hpp"
#include "cli/doctor_text.hpp"

namespace jitgate::cli {
namespace {

Outcome<ExitCode> doctor(Invocation& invocation) {
  const Outcome<boost::json::value> report = invocation.client().get("/v1/doctor");
  if (!report) {
    Failure failure = report.error();
    if (failure.code == ExitCode::unreachable) failure.message += "; jitgated --doctor looks without a daemon";
    return failure;
  }
  if (invocation.json) {
    invocation.print_json(*report);
  } else {
    invocation.environment.out << doctor_text(*report);
  }
  return is_acceptable(*report) ? ExitCode::done : ExitCode::failed;
}

}  // namespace

void add_doctor(CLI::App& program, Invocation& invocation) {
  CLI::App& command =
      add_subcommand(program, "doctor", "is what manages this host locked, and what to mend; exit 1 when unhealthy");
  command.callback([&invocation] { invocation.selected = [&invocation] { return doctor(invocation); }; });
}

}  // namespace jitgate::cli
