#include <boost/json/object.hpp>
#include <memory>

#include "cli/command.hpp"
#include "cli/json_view.hpp"
#include "cli/lockout.hpp"
#include "cli/policy_text.hpp"
#include "cli/terminal_text.hpp"
#include "cli/text_file.hpp"

namespace jitgate::cli {
namespace {

Outcome<ExitCode> show(Invocation& invocation) {
  const Outcome<boost::json::value> policy = invocation.client().get("/v1/policy");
  return invocation.show(policy, policy_table);
}

/// The session that gives the command stays; whoever gives it should know that the next one may not.
Outcome<ExitCode> set(Invocation& invocation, const std::string& path) {
  const Outcome<std::string> yaml = read_file(path);
  if (!yaml) return yaml.error();
  const Outcome<boost::json::value> policy =
      invocation.client().put("/v1/policy", boost::json::object{{"yaml", *yaml}, {"name", path}});
  if (policy) warn_of_lockout(invocation, *policy);
  return invocation.show(policy, policy_table);
}

Outcome<ExitCode> check(Invocation& invocation, const std::string& path) {
  const Outcome<std::string> yaml = read_file(path);
  if (!yaml) return yaml.error();
  const Outcome<boost::json::value> verdict =
      invocation.client().post("/v1/policy/check", boost::json::object{{"yaml", *yaml}, {"name", path}});
  if (!verdict) return verdict.error();
  const bool valid = flag_at(*verdict, "valid");
  if (invocation.json) invocation.print_json(*verdict);
  if (valid) {
    if (!invocation.json) invocation.environment.out << printable(path) << ": valid\n";
    return ExitCode::done;
  }
  const boost::json::array& errors = list_at(*verdict, "errors");
  if (!invocation.json) {
    for (const boost::json::value& one : errors)
      invocation.environment.out << printable(text_at(one, "message")) << '\n';
  }
  return Failure{ExitCode::failed,
                 path + ": not valid, " + std::to_string(errors.size()) + (errors.size() == 1 ? " error" : " errors")};
}

}  // namespace

void add_policy(CLI::App& program, Invocation& invocation) {
  CLI::App& group = add_subcommand(program, "policy", "the locked ports, and what may be asked for them");
  group.require_subcommand(1);
  add_subcommand(group, "show", "the policy in force").callback([&invocation] {
    invocation.selected = [&invocation] { return show(invocation); };
  });
  auto path = std::make_shared<std::string>();
  CLI::App& setting = add_subcommand(group, "set", "puts these ports in the place of the policy's (authority: api)");
  setting.add_option("FILE", *path, "`ports:` as in a jitgate.yaml, or as JSON")->required();
  setting.callback(
      [&invocation, path] { invocation.selected = [&invocation, path] { return set(invocation, *path); }; });
  CLI::App& checking = add_subcommand(group, "check", "what the daemon would say to this configuration file");
  checking.add_option("FILE", *path, "a jitgate.yaml")->required();
  checking.callback(
      [&invocation, path] { invocation.selected = [&invocation, path] { return check(invocation, *path); }; });
}

}  // namespace jitgate::cli
