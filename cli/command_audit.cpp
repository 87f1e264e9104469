#include <cctype>
#include <memory>
#include <string_view>
#include <utility>

#include "agent/audit/audit_chain.hpp"
#include "agent/model/duration.hpp"
#include "agent/model/timestamp.hpp"
#include "cli/argument.hpp"
#include "cli/command.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

struct AuditArguments {
  std::string since;
  std::string until;
  std::string user;
  std::string port;
  std::string grant;
  std::uint64_t before = 0;
  std::uint64_t limit = 0;
  std::string format = "table";
};

/// "7d" is so long before now; a time is itself.
Outcome<std::string> point_in_time(const Environment& environment, const std::string& option, const std::string& text) {
  if (const Result<Duration> ago = parse_duration(text)) {
    const WallTime epoch;
    const WallTime now = environment.now();
    return to_string(now - epoch > *ago ? now - *ago : epoch);
  }
  const Result<WallTime> time = parse_timestamp(text);
  if (!time) return usage(option + ": expected a duration such as 7d, or a time such as 2026-11-21T18:00:00Z");
  return to_string(*time);
}

/// As it stands in a query: everything but what RFC 3986 leaves unreserved is encoded.
std::string query_value(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    if (std::isalnum(value) != 0 || std::string_view("-._~").find(byte) != std::string_view::npos) {
      encoded.push_back(byte);
    } else {
      encoded.append({'%', digits[value >> 4], digits[value & 0xf]});
    }
  }
  return encoded;
}

Outcome<std::string> audit_target(Invocation& invocation, const AuditArguments& arguments) {
  std::string target = "/v1/audit?format=" + (invocation.json ? std::string("json") : arguments.format);
  const auto add = [&target](const std::string& name, const std::string& value) {
    if (!value.empty()) target += "&" + name + "=" + query_value(value);
  };
  for (const auto& [option, text] : {std::pair("since", &arguments.since), std::pair("until", &arguments.until)}) {
    if (text->empty()) continue;
    const Outcome<std::string> time = point_in_time(invocation.environment, std::string("--") + option, *text);
    if (!time) return time.error();
    add(option, *time);
  }
  if (!arguments.port.empty()) {
    if (const auto port = port_object(arguments.port); !port) return port.error();
  }
  add("user", arguments.user);
  add("port", arguments.port);
  add("grant", arguments.grant);
  if (arguments.before > 0) add("before", std::to_string(arguments.before));
  if (arguments.limit > 0) add("limit", std::to_string(arguments.limit));
  return target;
}

/// The link says which record the older ones are before.
void tell_of_older(Invocation& invocation, const std::string& link) {
  const std::string_view parameter = "before=";
  const std::size_t at = link.find(parameter);
  if (at == std::string::npos) return;
  const std::string rest = link.substr(at + parameter.size());
  invocation.notice("there are older records: --before " + rest.substr(0, rest.find_first_not_of("0123456789")));
}

Outcome<ExitCode> audit(Invocation& invocation, const AuditArguments& arguments) {
  const Outcome<std::string> target = audit_target(invocation, arguments);
  if (!target) return target.error();
  const Outcome<ApiClient::Page> page = invocation.client().get_page(*target);
  if (!page) return page.error();
  invocation.environment.out << printable_lines(page->text);
  if (!page->text.empty() && !page->text.ends_with('\n')) invocation.environment.out << '\n';
  tell_of_older(invocation, page->link);
  return ExitCode::done;
}

Outcome<ExitCode> verify(Invocation& invocation, const std::string& head) {
  boost::json::object body;
  if (!head.empty()) {
    if (const auto known = parse_audit_head(head); !known)
      return usage("--head " + head + ": " + known.error().message);
    body["head"] = head;
  }
  const Outcome<boost::json::value> verified = invocation.client().post("/v1/audit/verify", body);
  if (!verified) return verified.error();
  if (invocation.json) {
    invocation.print_json(*verified);
    return ExitCode::done;
  }
  invocation.environment.out << "intact: " << number_at(*verified, "verified") << " records";
  if (number_at(*verified, "first") > 1)
    invocation.environment.out << " from " << number_at(*verified, "first") << " on, what was before is pruned";
  invocation.environment.out << "; head " << printable(text_at(*verified, "head")) << '\n';
  return ExitCode::done;
}

}  // namespace

void add_audit(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<AuditArguments>();
  CLI::App& command = add_subcommand(program, "audit", "what was decided and changed");
  command.add_option("--since", arguments->since, "7d, or a time: at that time or later");
  command.add_option("--until", arguments->until, "7d, or a time: before that time");
  command.add_option("--user", arguments->user, "who did it, as the record names the caller");
  command.add_option("--port", arguments->port, "22, or 22/tcp");
  command.add_option("--grant", arguments->grant, "the id of a grant or request");
  command.add_option("--before", arguments->before, "records with a lower number")->check(CLI::PositiveNumber);
  command.add_option("--limit", arguments->limit, "the newest that many (10000)")->check(CLI::Range(1, 10'000));
  command.add_option("--format", arguments->format, "table, csv, json (an array) or jsonl (an object a line)")
      ->check(CLI::IsMember({"table", "csv", "json", "jsonl"}))
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
