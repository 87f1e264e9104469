#include <boost/json/object.hpp>
#include <memory>

#include "cli/command.hpp"
#include "cli/token_writer.hpp"

namespace jitgate::cli {
namespace {

struct TokenArguments {
  std::string name;
  std::string role;
  std::string file = host_defaults().tokens;
};

Outcome<ExitCode> create(Invocation& invocation, const TokenArguments& arguments) {
  const Outcome<std::string> token = create_token(arguments.file, arguments.name, arguments.role);
  if (!token) return token.error();
  if (invocation.json) {
    invocation.print_json(boost::json::object{{"name", arguments.name}, {"role", arguments.role}, {"token", *token}});
  } else {
    invocation.environment.out << *token << '\n';
    invocation.notice("this token is shown only now; it is valid where api.listen is set");
  }
  return ExitCode::done;
}

}  // namespace

void add_token(CLI::App& program, Invocation& invocation) {
  CLI::App& group = add_subcommand(program, "token", "bearer tokens of the API over TLS");
  group.require_subcommand(1);
  auto arguments = std::make_shared<TokenArguments>();
  CLI::App& command =
      add_subcommand(group, "create", "make a token, print it once, and keep its hash (who may write the tokens file)");
  command.add_option("name", arguments->name, "whose requests they are then: requester@example.com")->required();
  command.add_option("--role", arguments->role, "what the holder may do")
      ->required()
      ->check(CLI::IsMember({"reader", "requester", "approver", "administrator"}));
  command.add_option("--tokens", arguments->file, "the file of api.tokens")->capture_default_str();
  command.callback([&invocation, arguments] {
    invocation.selected = [&invocation, arguments] { return create(invocation, *arguments); };
  });
}

}  // namespace jitgate::cli
