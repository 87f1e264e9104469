#include <memory>

#include "agent/model/duration.hpp"
#include "agent/model/timestamp.hpp"
#include "cli/command.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

struct AuditArguments {
  std::string since;
  std::string format = "table";
};

/// "7d" is so long before now; a time is itself.
Outcome<std::string> since_time(const Environment& environment, const std::string& text) {
  if (const Result<Duration> ago = parse_duration(text)) {
    const WallTime epoch;
    const WallTime now = environment.now();
    return to_string(now - epoch > *ago ? now - *ago : epoch);
  }
  const Result<WallTime> time = parse_timestamp(text);
  if (!time) return usage("--since: expected a duration such as 7d, or a time such as 2026-11-21T18:00:00Z");
  return to_string(*time);
}

Outcome<ExitCode> audit(Invocation& invocation, const AuditArguments& arguments) {
  std::string target = "/v1/audit?format=" + (invocation.json ? std::string("json") : arguments.format);
  if (!arguments.since.empty()) {
    const Outcome<std::string> since = since_time(invocation.environment, arguments.since);
    if (!since) return since.error();
    target += "&since=" + *since;
  }
  const Outcome<std::string> text = invocation.client().get_text(target);
  if (!text) return text.error();
  invocation.environment.out << printable_lines(*text);
  if (!text->ends_with('\n')) invocation.environment.out << '\n';
  return ExitCode::done;
}

Outcome<ExitCode> verify(Invocation& invocation, const std::string& head) {
  boost::json::object body;
  if (!head.empty()) body["head"] = head;
  const Outcome<boost::json::value> verified = invocation.client().post("/v1/audit/verify", body);
  if (!verified) return verified.error();
  if (invocation.json) {
    invocation.print_json(*verified);
  } else {
    invocation.environment.out << "intact: " << number_at(*verified, "verified") << " records\n";
  }
  return ExitCode::done;
}

}  // namespace

void add_audit(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<AuditArguments>();
  CLI::App& command = add_subcommand(program, "audit", "what was decided and changed");
  command.add_option("--since", arguments->since, "7d, or a time");
  command.add_option("--format", arguments->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command.require_subcommand(0, 1);
  CLI::App& verifying = add_subcommand(command, "verify", "check that no record was altered");
  auto head = std::make_shared<std::string>();
  verifying.add_option("--head", *head, "a record that the journal has (SEQUENCE:HASH): it must be in the trail");
  verifying.callback(
      [&invocation, head] { invocation.selected = [&invocation, head] { return verify(invocation, *head); }; });
  command.callback([&invocation, arguments, &verifying] {
    if (!verifying.parsed()) invocation.selected = [&invocation, arguments] { return audit(invocation, *arguments); };
  });
}

}  // namespace jitgate::cli
