#include <boost/json/object.hpp>
#include <memory>

#include "cli/argument.hpp"
#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

struct GrantArguments {
  std::string id;
  std::string duration;
  bool all = false;
  bool terminate = false;
};

Outcome<ExitCode> grants(Invocation& invocation, const GrantArguments& arguments) {
  const Outcome<boost::json::value> list =
      invocation.client().get(arguments.all ? "/v1/grants?all=true" : "/v1/grants");
  return invocation.show(list, [&](const boost::json::value& reply) { return grants_table(reply, arguments.all); });
}

Outcome<ExitCode> extend(Invocation& invocation, const GrantArguments& arguments) {
  const Outcome<std::string> id = grant_id(arguments.id);
  if (!id) return id.error();
  const Outcome<std::string> duration = iso_duration("--duration", arguments.duration);
  if (!duration) return duration.error();
  const Outcome<boost::json::value> receipt =
      invocation.client().post("/v1/grants/" + *id + "/extend", boost::json::object{{"duration", *duration}});
  return invocation.show(receipt, opened_text);
}

Outcome<ExitCode> revoke(Invocation& invocation, const GrantArguments& arguments) {
  const Outcome<std::string> id = grant_id(arguments.id);
  if (!id) return id.error();
  const Outcome<boost::json::value> receipt = invocation.client().post(
      "/v1/grants/" + *id + "/revoke", boost::json::object{{"terminate", arguments.terminate}});
  if (!receipt) return receipt.error();
  if (invocation.json) {
    invocation.print_json(*receipt);
    return ExitCode::done;
  }
  invocation.environment.out << "closed: grant " << printable(text_at(*receipt, "id"));
  if (arguments.terminate)
    invocation.environment.out << ", " << number_at(*receipt, "terminated") << " connections cut";
  invocation.environment.out << '\n';
  return ExitCode::done;
}

using Handler = Outcome<ExitCode> (*)(Invocation&, const GrantArguments&);

void select(CLI::App& command, Invocation& invocation, std::shared_ptr<GrantArguments> arguments, Handler handler) {
  command.callback([&invocation, arguments, handler] {
    invocation.selected = [&invocation, arguments, handler] { return handler(invocation, *arguments); };
  });
}

}  // namespace

void add_grants(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<GrantArguments>();
  CLI::App& command = add_subcommand(program, "grants", "who may come from where, to what, for how long still");
  command.add_flag("--all", arguments->all, "also those that have ended");
  select(command, invocation, arguments, grants);
}

void add_extend(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<GrantArguments>();
  CLI::App& command = add_subcommand(program, "extend", "a newer request for the same; the new end counts from now");
  command.add_option("ID", arguments->id, "the grant")->required();
  command.add_option("--duration", arguments->duration, "how long from now: 30m")->required();
  select(command, invocation, arguments, extend);
}

void add_revoke(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<GrantArguments>();
  CLI::App& command = add_subcommand(program, "revoke", "end a grant now");
  command.add_option("ID", arguments->id, "the grant")->required();
  command.add_flag("--terminate", arguments->terminate, "also cut its established connections");
  select(command, invocation, arguments, revoke);
}

}  // namespace jitgate::cli
