#include <boost/json/object.hpp>
#include <memory>

#include "cli/argument.hpp"
#include "cli/grant_text.hpp"

namespace jitgate::cli {
namespace {

struct UnlockArguments {
  std::string duration;
  std::string source;
  std::string justification;
};

Outcome<ExitCode> unlock(Invocation& invocation, const UnlockArguments& arguments) {
  const Outcome<std::string> duration = iso_duration("--for", arguments.duration);
  if (!duration) return duration.error();
  boost::json::object body{{"duration", *duration}, {"justification", arguments.justification}};
  if (!arguments.source.empty()) {
    const Outcome<std::string> source = source_address(invocation, arguments.source);
    if (!source) return source.error();
    body["source"] = *source;
  }
  const Outcome<boost::json::value> receipt = invocation.client().post("/v1/unlock", body);
  return invocation.show(receipt, opened_text);
}

}  // namespace

void add_unlock(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<UnlockArguments>();
  CLI::App& command =
      add_subcommand(program, "unlock", "break glass: open every policy port for a while (administrator)");
  command.add_option("--for", arguments->duration, "how long: 15m")->required();
  command.add_option("--source", arguments->source, "an address, a prefix, or me; from everywhere without it");
  command.add_option("--justification", arguments->justification, "why")->required();
  command.callback([&invocation, arguments] {
    invocation.selected = [&invocation, arguments] { return unlock(invocation, *arguments); };
  });
}

}  // namespace jitgate::cli
