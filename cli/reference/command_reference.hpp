#pragma once

#include <string>
#include <vector>

namespace jitgate::cli {

/// An option or an argument of a command, as the parser has it.
struct OptionReference {
  std::vector<std::string> names;    ///< "--port"; an argument without a name of that kind has none
  std::string value;                 ///< what stands behind it, or the argument's own name; empty for a flag
  std::vector<std::string> choices;  ///< the values that it takes, where only some are valid
  std::string summary;
  bool required = false;
};

/// Its value is the path of a file.
[[nodiscard]] bool names_a_file(const OptionReference& option);

/// A command, or a group of them, or the program itself.
struct CommandReference {
  std::vector<std::string> words;  ///< "policy", "set"; none for the program
  std::string summary;
  std::vector<OptionReference> options;
  std::vector<OptionReference> arguments;
  std::vector<CommandReference> commands;
};

/// Everything that the program's parser takes: manual and completions are made of this and cannot differ from it.
[[nodiscard]] CommandReference program_reference();

/// The command and all below it, depth first.
[[nodiscard]] std::vector<const CommandReference*> all_commands(const CommandReference& command);

/// "policy set"
[[nodiscard]] std::string joined(const std::vector<std::string>& words, const char* between = " ");

/// The sections of jitgate(1) that say what each command takes, in mdoc(7).
[[nodiscard]] std::string manual_commands(const CommandReference& program);

/// Text that mdoc(7) shows as it is.
[[nodiscard]] std::string manual_literal(const std::string& text);

[[nodiscard]] std::string bash_completion(const CommandReference& program);
[[nodiscard]] std::string zsh_completion(const CommandReference& program);
[[nodiscard]] std::string fish_completion(const CommandReference& program);

}  // namespace jitgate::cli
