#include "cli/command.hpp"

#include <array>
#include <boost/json/serialize.hpp>

#include "cli/terminal_text.hpp"

namespace jitgate::cli {

std::span<const Command> commands() {
  static constexpr std::array table{
      Command{"status", add_status},     Command{"request", add_request}, Command{"grants", add_grants},
      Command{"extend", add_extend},     Command{"revoke", add_revoke},   Command{"policy", add_policy},
      Command{"unlock", add_unlock},     Command{"enable", add_enable},   Command{"disable", add_disable},
      Command{"audit", add_audit},       Command{"explain", add_explain}, Command{"acknowledge", add_acknowledge},
      Command{"requests", add_requests}, Command{"approve", add_approve}, Command{"deny", add_deny},
      Command{"doctor", add_doctor},     Command{"token", add_token},     Command{"sign", add_sign},
  };
  return table;
}

CLI::App& add_subcommand(CLI::App& parent, const std::string& name, const std::string& summary) {
  CLI::App* subcommand = parent.add_subcommand(name, summary);
  subcommand->fallthrough();
  return *subcommand;
}

void Invocation::notice(std::string_view text) {
  environment.err << "jitgate: " << printable(text) << '\n';
}

void Invocation::print_json(const boost::json::value& value) {
  environment.out << boost::json::serialize(value) << '\n';
}

Outcome<ExitCode> Invocation::show(const Outcome<boost::json::value>& reply,
                                   const std::function<std::string(const boost::json::value&)>& text) {
  if (!reply) return reply.error();
  if (json) {
    print_json(*reply);
  } else {
    environment.out << text(*reply);
  }
  return ExitCode::done;
}

}  // namespace jitgate::cli
