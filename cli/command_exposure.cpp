#include <boost/json/object.hpp>
#include <memory>

#include "cli/argument.hpp"
#include "cli/explanation_text.hpp"
#include "cli/json_view.hpp"
#include "cli/status_text.hpp"

namespace jitgate::cli {
namespace {

struct ExplainArguments {
  std::string source;
  std::string port;
};

Outcome<ExitCode> explain(Invocation& invocation, const ExplainArguments& arguments) {
  const Outcome<std::string> source = source_address(invocation, arguments.source);
  if (!source) return source.error();
  const Outcome<boost::json::object> port = port_object(arguments.port);
  if (!port) return port.error();
  std::string target = "/v1/explain?source=" + *source + "&port=" + std::to_string(port->at("number").to_number<int>());
  if (const boost::json::value* protocol = port->if_contains("protocol")) {
    target += "&protocol=" + std::string(protocol->as_string().c_str());
  }
  const Outcome<boost::json::value> explanation = invocation.client().get(target);
  return invocation.show(explanation, explanation_text);
}

Outcome<ExitCode> acknowledge(Invocation& invocation, const std::string& port) {
  const Outcome<boost::json::object> body = port_object(port);
  if (!body) return body.error();
  const Outcome<boost::json::value> status = invocation.client().post("/v1/exposures/acknowledge", *body);
  return invocation.show(
      status, [&](const boost::json::value& reply) { return full_status(reply, invocation.environment.now()); });
}

}  // namespace

void add_explain(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App& command = add_subcommand(program, "explain", "which grant or lock decides, and what else was observed");
  command.add_option("--source", arguments->source, "an address, or me")->required();
  command.add_option("--port", arguments->port, "22 or 22/tcp")->required();
  command.callback([&invocation, arguments] {
    invocation.selected = [&invocation, arguments] { return explain(invocation, *arguments); };
  });
}

void add_acknowledge(CLI::App& program, Invocation& invocation) {
  auto port = std::make_shared<std::string>();
  CLI::App& command = add_subcommand(program, "acknowledge",
                                     "accept what other firewalls' rules leave open on a port now (administrator)");
  command.add_option("--port", *port, "22 or 22/tcp")->required();
  command.callback(
      [&invocation, port] { invocation.selected = [&invocation, port] { return acknowledge(invocation, *port); }; });
}

}  // namespace jitgate::cli
