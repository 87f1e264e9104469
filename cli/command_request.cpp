#include <boost/json/object.hpp>
#include <memory>

#include "agent/model/port.hpp"
#include "agent/model/timestamp.hpp"
#include "cli/argument.hpp"
#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"
#include "cli/pending_wait.hpp"

namespace jitgate::cli {
namespace {

struct RequestArguments {
  std::vector<std::string> ports;
  std::vector<std::string> sources;
  std::string duration;
  std::string until;
  std::string justification;
  bool wait = false;
};

Outcome<boost::json::object> end_object(const RequestArguments& arguments) {
  if (arguments.duration.empty() == arguments.until.empty()) return usage("give one of --duration and --until");
  if (!arguments.duration.empty()) {
    const Outcome<std::string> duration = iso_duration("--duration", arguments.duration);
    if (!duration) return duration.error();
    return boost::json::object{{"duration", *duration}};
  }
  const Result<WallTime> end = parse_timestamp(arguments.until);
  if (!end) return usage("--until: " + end.error().message);
  return boost::json::object{{"endTimeUtc", to_string(*end)}};
}

Outcome<boost::json::array> source_list(Invocation& invocation, const RequestArguments& arguments) {
  boost::json::array sources;
  for (const std::string& text : arguments.sources) {
    const Outcome<std::string> source = source_address(invocation, text);
    if (!source) return source.error();
    sources.emplace_back(*source);
  }
  return sources;
}

Outcome<boost::json::object> request_body(Invocation& invocation, const RequestArguments& arguments) {
  const Outcome<boost::json::object> end = end_object(arguments);
  if (!end) return end.error();
  boost::json::array ports;
  for (const std::string& text : arguments.ports) {
    Outcome<boost::json::object> port = port_object(text);
    if (!port) return port.error();
    for (const auto& member : *end) port->insert(member);
    ports.push_back(std::move(*port));
  }
  const Outcome<boost::json::array> sources = source_list(invocation, arguments);
  if (!sources) return sources.error();
  for (boost::json::value& port : ports) port.as_object()["allowedSourceAddressPrefixes"] = *sources;
  boost::json::object body;
  body["ports"] = std::move(ports);
  if (!arguments.justification.empty()) body["justification"] = arguments.justification;
  return body;
}

Outcome<ExitCode> report(Invocation& invocation, const boost::json::value& receipt) {
  if (invocation.json) {
    invocation.print_json(receipt);
  } else {
    invocation.environment.out << opened_text(receipt);
  }
  return ExitCode::done;
}

/// One answer on standard output in the end; that it waits, and for what, on standard error.
Outcome<ExitCode> wait(Invocation& invocation, const boost::json::value& receipt) {
  const std::string id = text_at(receipt, "id");
  invocation.notice(text_at(receipt, "pendingReason") + ": jitgate approve " + id);
  Outcome<boost::json::value> decided = wait_for_decision(invocation, id);
  if (!decided) return decided.error();
  const std::string refused = refusal_text(*decided);
  if (!refused.empty()) {
    if (invocation.json) invocation.print_json(*decided);
    return Failure{ExitCode::failed, refused};
  }
  if (boost::json::object* grant = decided->if_object()) (*grant)["open"] = true;
  return report(invocation, *decided);
}

Outcome<ExitCode> request(Invocation& invocation, const RequestArguments& arguments) {
  const Outcome<boost::json::object> body = request_body(invocation, arguments);
  if (!body) return body.error();
  const Outcome<boost::json::value> receipt = invocation.client().post("/v1/requests", *body);
  if (!receipt) return receipt.error();
  if (arguments.wait && is_pending(*receipt)) return wait(invocation, *receipt);
  return report(invocation, *receipt);
}

}  // namespace

void add_request(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<RequestArguments>();
  CLI::App& command = add_subcommand(program, "request", "ask for access to ports");
  command.add_option("--port", arguments->ports, "22 or 22/tcp; may be repeated")->required()->allow_extra_args(false);
  command.add_option("--source", arguments->sources, "an address, a prefix, or me (the SSH peer); may be repeated")
      ->required()
      ->allow_extra_args(false);
  command.add_option("--duration", arguments->duration, "how long: 1h, 30m, PT1H");
  command.add_option("--until", arguments->until, "the end instead: 2026-11-21T19:00:00Z");
  command.add_option("--justification", arguments->justification, "why");
  command.add_flag("--wait", arguments->wait, "until an approver has decided: ends with 0 when open, 1 when not");
  command.callback([&invocation, arguments] {
    invocation.selected = [&invocation, arguments] { return request(invocation, *arguments); };
  });
}

}  // namespace jitgate::cli
