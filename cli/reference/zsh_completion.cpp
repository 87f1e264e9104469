#include "cli/reference/command_reference.hpp"

namespace jitgate::cli {
namespace {

/// In a specification of _arguments or _describe, within single quotes.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '\'')
      safe += "'\\''";
    else if (letter == ':' || letter == '[' || letter == ']' || letter == '\\')
      safe += std::string("\\") + letter;
    else
      safe += letter;
  }
  return safe;
}

std::string action(const OptionReference& option) {
  if (!option.choices.empty()) return "(" + joined(option.choices) + ")";
  return names_a_file(option) ? "_files" : " ";
}

std::string option_specs(const std::vector<OptionReference>& options) {
  std::string specs;
  for (const OptionReference& option : options) {
    for (const std::string& name : option.names) {
      specs += " \\\n    '*" + name + "[" + escaped(option.summary) + "]";
      if (!option.value.empty()) specs += ":" + option.value + ":" + action(option);
      specs += "'";
    }
  }
  return specs;
}

std::string function_name(const CommandReference& command) {
  return command.words.empty() ? "_jitgate" : "_jitgate_" + joined(command.words, "_");
}

std::string arguments(const CommandReference& command) {
  std::string specs;
  for (const OptionReference& argument : command.arguments)
    specs += " \\\n    ':" + argument.value + ":" + action(argument) + "'";
  return specs;
}

std::string group(const CommandReference& command, const std::string& options) {
  std::string text = "  local state line\n  _arguments -C" + options + " \\\n    '1: :->command' '*:: :->arguments'\n";
  text += "  case $state in\n  command)\n    local -a commands=(\n";
  for (const CommandReference& below : command.commands)
    text += "      '" + below.words.back() + ":" + escaped(below.summary) + "'\n";
  text += "    )\n    _describe command commands\n    ;;\n  arguments)\n    case $line[1] in\n";
  for (const CommandReference& below : command.commands)
    text += "    " + below.words.back() + ") " + function_name(below) + " ;;\n";
  return text + "    esac\n    ;;\n  esac\n";
}

}  // namespace

std::string zsh_completion(const CommandReference& program) {
  std::string text =
      "#compdef jitgate\n# Completion of jitgate for zsh, made from the program's own table of commands.\n";
  for (const CommandReference* command : all_commands(program)) {
    std::string options = option_specs(command->options);
    if (command != &program) {
      for (const OptionReference& option : program.options) {
        if (option.names != std::vector<std::string>{"-h", "--help"}) options += option_specs({option});
      }
    }
    text += function_name(*command) + "() {\n";
    text +=
        command->commands.empty() ? "  _arguments" + options + arguments(*command) + "\n" : group(*command, options);
    text += "}\n";
  }
  return text + "_jitgate \"$@\"\n";
}

}  // namespace jitgate::cli
