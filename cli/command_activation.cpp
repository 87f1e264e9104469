#include <boost/json/object.hpp>
#include <memory>

#include "cli/argument.hpp"
#include "cli/lockout.hpp"
#include "cli/status_text.hpp"

namespace jitgate::cli {
namespace {

struct EnableArguments {
  std::string confirm;
  bool confirmed = false;
  bool force = false;
  bool accept_clock = false;
};

/// Before the lock goes up, while there is still time to think.
Outcome<void> warn_of_lockout(Invocation& invocation) {
  const Outcome<boost::json::value> policy = invocation.client().get("/v1/policy");
  if (!policy) return policy.error();
  warn_of_lockout(invocation, *policy);
  return {};
}

/// What stays open although the lock goes up, before it does.
Outcome<void> warn_of_exposures(Invocation& invocation) {
  const Outcome<boost::json::value> status = invocation.client().get("/v1/status");
  if (!status) return status.error();
  for (const std::string& exposure : unacknowledged_exposures(*status)) {
    invocation.notice("stays open: " + exposure +
                      " (jitgate acknowledge accepts it; existingRules: override closes it)");
  }
  return {};
}

Outcome<ExitCode> show(Invocation& invocation, const Outcome<boost::json::value>& status) {
  return invocation.show(
      status, [&](const boost::json::value& reply) { return full_status(reply, invocation.environment.now()); });
}

Outcome<ExitCode> enable(Invocation& invocation, const EnableArguments& arguments) {
  boost::json::object body{
      {"confirmed", arguments.confirmed}, {"force", arguments.force}, {"acceptClock", arguments.accept_clock}};
  if (!arguments.confirm.empty()) {
    const Outcome<std::string> within = iso_duration("--confirm", arguments.confirm);
    if (!within) return within.error();
    body["confirmWithin"] = *within;
  }
  if (const Outcome<void> warned = warn_of_lockout(invocation); !warned) return warned.error();
  if (const Outcome<void> warned = warn_of_exposures(invocation); !warned) return warned.error();
  return show(invocation, invocation.client().post("/v1/enable", body));
}

Outcome<ExitCode> disable(Invocation& invocation) {
  return show(invocation, invocation.client().post("/v1/disable", boost::json::object{}));
}

}  // namespace

void add_enable(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<EnableArguments>();
  CLI::App& command = add_subcommand(program, "enable", "put the locks in place (administrator)");
  CLI::Option* trial =
      command.add_option("--confirm", arguments->confirm, "on trial: the lock lifts itself after this, e.g. 60s");
  command.add_flag("--confirmed", arguments->confirmed, "keep the lock that is on trial")->excludes(trial);
  command.add_flag("--force", arguments->force, "although connection tracking is more than half full");
  command.add_flag("--accept-clock", arguments->accept_clock,
                   "the present time is right, although a later one was seen");
  command.callback([&invocation, arguments] {
    invocation.selected = [&invocation, arguments] { return enable(invocation, *arguments); };
  });
}

void add_disable(CLI::App& program, Invocation& invocation) {
  CLI::App& command = add_subcommand(program, "disable", "take the locks away, also over a reboot (administrator)");
  command.callback([&invocation] { invocation.selected = [&invocation] { return disable(invocation); }; });
}

}  // namespace jitgate::cli
