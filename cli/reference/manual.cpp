#include <sstream>

#include "cli/reference/command_reference.hpp"

namespace jitgate::cli {
namespace {

/// mdoc(7): a backslash is "\e", and a line must not begin with a dot or a quote.
std::string escaped(const std::string& text) {
  std::string safe = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char letter : text) {
    if (letter == '\\')
      safe += "\\e";
    else if (letter == '-')
      safe += "\\-";
    else
      safe += letter;
  }
  return safe;
}

std::string flag_line(const OptionReference& option) {
  std::string line;
  for (const std::string& name : option.names) {
    // .Fl writes the first dash.
    line += (line.empty() ? "Fl " : " , Fl ") + escaped(name.substr(1));
    if (!option.value.empty()) line += " Ar " + option.value;
  }
  return line.empty() ? "Ar " + option.value : line;
}

std::string choices_line(const OptionReference& option) {
  return option.choices.empty() ? "" : "One of: " + escaped(joined(option.choices, ", ")) + ".\n";
}

std::string list(const std::vector<OptionReference>& options) {
  std::string text;
  for (const OptionReference& option : options) {
    if (option.names == std::vector<std::string>{"-h", "--help"}) continue;
    text += ".It " + flag_line(option) + "\n" + escaped(option.summary) + (option.required ? " (required)" : "") +
            ".\n" + choices_line(option);
  }
  return text.empty() ? "" : ".Bl -tag -width Ds\n" + text + ".El\n";
}

std::string section(const CommandReference& command) {
  std::string heading = ".Ss jitgate " + joined(command.words);
  for (const OptionReference& argument : command.arguments) heading += " " + argument.value;
  return heading + "\n" + escaped(command.summary) + ".\n" + list(command.arguments) + list(command.options);
}

}  // namespace

std::string manual_literal(const std::string& text) {
  std::string literal;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) literal += escaped(line) + "\n";
  return ".Bd -literal\n" + literal + ".Ed\n";
}

std::string manual_commands(const CommandReference& program) {
  std::string text = ".Sh OPTIONS\nThese may stand before or behind the command.\n" + list(program.options);
  text += ".Sh COMMANDS\n";
  for (const CommandReference* command : all_commands(program)) {
    if (!command->words.empty()) text += section(*command);
  }
  return text;
}

}  // namespace jitgate::cli
