#include <boost/json/object.hpp>
#include <memory>

#include "cli/argument.hpp"
#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

Outcome<ExitCode> requests(Invocation& invocation) {
  const Outcome<boost::json::value> list = invocation.client().get("/v1/requests");
  return invocation.show(list, requests_table);
}

Outcome<boost::json::value> decide(Invocation& invocation, const std::string& text, const char* decision) {
  const Outcome<std::string> id = grant_id(text);
  if (!id) return id.error();
  return invocation.client().post("/v1/requests/" + *id + decision, boost::json::object{});
}

Outcome<ExitCode> approve(Invocation& invocation, const std::string& id) {
  const Outcome<boost::json::value> receipt = decide(invocation, id, "/approve");
  return invocation.show(receipt, opened_text);
}

Outcome<ExitCode> deny(Invocation& invocation, const std::string& id) {
  const Outcome<boost::json::value> receipt = decide(invocation, id, "/deny");
  return invocation.show(receipt, [&](const boost::json::value& reply) {
    return "denied: request " + printable(text_at(reply, "id")) + "\n";
  });
}

using Handler = Outcome<ExitCode> (*)(Invocation&, const std::string&);

void add_decision(CLI::App& program, Invocation& invocation, const std::string& name, const std::string& summary,
                  Handler handler) {
  auto id = std::make_shared<std::string>();
  CLI::App& command = add_subcommand(program, name, summary);
  command.add_option("ID", *id, "the request")->required();
  command.callback([&invocation, id, handler] {
    invocation.selected = [&invocation, id, handler] { return handler(invocation, *id); };
  });
}

}  // namespace

void add_requests(CLI::App& program, Invocation& invocation) {
  CLI::App& command = add_subcommand(program, "requests", "what waits for approval");
  command.callback([&invocation] { invocation.selected = [&invocation] { return requests(invocation); }; });
}

void add_approve(CLI::App& program, Invocation& invocation) {
  add_decision(program, invocation, "approve", "open what somebody else asked for; its time begins now", approve);
}

void add_deny(CLI::App& program, Invocation& invocation) {
  add_decision(program, invocation, "deny", "refuse what somebody else asked for", deny);
}

}  // namespace jitgate::cli
