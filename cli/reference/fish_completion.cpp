#include "cli/reference/command_reference.hpp"

namespace jitgate::cli {
namespace {

std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char letter : text)
    safe += letter == '\'' || letter == '\\' ? std::string("\\") + letter : std::string(1, letter);
  return safe + "'";
}

/// True where the command line has come to just this command.
std::string condition(const CommandReference& command) {
  if (command.words.empty()) return "__fish_use_subcommand";
  std::string text;
  for (const std::string& word : command.words)
    text += (text.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
  for (const CommandReference& below : command.commands)
    text += "; and not __fish_seen_subcommand_from " + below.words.back();
  return text;
}

std::string option_line(const std::string& where, const OptionReference& option) {
  std::string line = "complete -c jitgate" + where;
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) line += names_a_file(option) ? " -r -F" : " -x";
  if (!option.choices.empty()) line += " -a " + quoted(joined(option.choices));
  return line + " -d " + quoted(option.summary) + "\n";
}

}  // namespace

std::string fish_completion(const CommandReference& program) {
  std::string text =
      "# Completion of jitgate for fish, made from the program's own table of commands.\n"
      "complete -c jitgate -f\n";
  for (const CommandReference* command : all_commands(program)) {
    const std::string where = " -n " + quoted(condition(*command));
    for (const CommandReference& below : command->commands)
      text += "complete -c jitgate" + where + " -a " + below.words.back() + " -d " + quoted(below.summary) + "\n";
    // The program's own options may stand behind every command.
    for (const OptionReference& option : command->options)
      text += option_line(command == &program ? "" : where, option);
    if (!command->arguments.empty() && command->arguments.front().value == "FILE")
      text += "complete -c jitgate" + where + " -F\n";
  }
  return text;
}

}  // namespace jitgate::cli
