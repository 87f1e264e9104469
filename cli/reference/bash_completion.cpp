#include "cli/reference/command_reference.hpp"

namespace jitgate::cli {
namespace {

std::string quoted_path(const CommandReference& command) {
  std::string path;
  for (const std::string& word : command.words) path += " " + word;
  return "\"" + path + "\"";
}

/// What may follow an option.
std::string values(const std::string& path, const OptionReference& option) {
  if (option.value.empty()) return {};
  std::string names;
  for (const std::string& name : option.names) names += (names.empty() ? "" : "|") + ("\"" + path + " " + name + "\"");
  std::string reply = "COMPREPLY=()";
  if (names_a_file(option)) reply = "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")";
  if (!option.choices.empty())
    reply = "mapfile -t COMPREPLY < <(compgen -W \"" + joined(option.choices) + "\" -- \"$current\")";
  return "    " + names + ") " + reply + "; return ;;\n";
}

std::string words(const CommandReference& command, const CommandReference& program) {
  std::string all;
  for (const CommandReference& one : command.commands) all += one.words.back() + " ";
  for (const OptionReference& option : command.options) all += joined(option.names) + " ";
  if (&command != &program) {
    for (const OptionReference& option : program.options) {
      if (option.names != std::vector<std::string>{"-h", "--help"}) all += joined(option.names) + " ";
    }
  }
  all.pop_back();
  return all;
}

}  // namespace

std::string bash_completion(const CommandReference& program) {
  std::string known, after, offered;
  for (const CommandReference* command : all_commands(program)) {
    const std::string path = quoted_path(*command);
    if (!command->words.empty()) known += (known.empty() ? "" : "|") + path;
    const std::string bare = path.substr(1, path.size() - 2);
    for (const OptionReference& option : command->options) after += values(bare, option);
    const bool takes_file = !command->arguments.empty() && names_a_file(command->arguments.front());
    offered +=
        "    " + path + ") words=\"" + words(*command, program) + "\"" + (takes_file ? " files=yes" : "") + " ;;\n";
    if (command != &program) {
      for (const OptionReference& option : program.options) after += values(bare, option);
    }
  }
  return "# Completion of jitgate for bash, made from the program's own table of commands.\n"
         "_jitgate() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path='' words='' files='' "
         "i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n      " +
         known +
         ") path+=\" ${COMP_WORDS[i]}\" ;;\n    esac\n  done\n"
         "  case \"$path $previous\" in\n" +
         after + "  esac\n  case \"$path\" in\n" + offered +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  [ -z \"$files\" ] || mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$current\")\n"
         "}\n"
         "complete -F _jitgate jitgate\n";
}

}  // namespace jitgate::cli
