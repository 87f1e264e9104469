#include "cli/reference/command_reference.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <sstream>

#include "cli/command.hpp"

namespace jitgate::cli {
namespace {

/// CLI11 shows the members of a set behind the type: "TEXT:{table,csv}".
std::vector<std::string> choices_of(const std::string& type) {
  const auto open = type.find('{');
  const auto close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  std::vector<std::string> choices;
  std::istringstream members(type.substr(open + 1, close - open - 1));
  for (std::string one; std::getline(members, one, ',');) choices.push_back(one);
  return choices;
}

/// "--duration" takes a DURATION.
std::string value_of(const CLI::Option& option) {
  if (option.get_expected_max() == 0 || option.get_type_size_max() == 0) return {};
  std::string name = option.get_lnames().empty() ? option.get_name() : option.get_lnames().front();
  for (char& letter : name) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return name;
}

OptionReference describe_option(const CLI::Option& option) {
  OptionReference described{
      {}, value_of(option), choices_of(option.get_type_name()), option.get_description(), option.get_required()};
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  return described;
}

CommandReference describe_command(const CLI::App& app, std::vector<std::string> words) {
  CommandReference command{std::move(words), app.get_description(), {}, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    auto& kind = option->get_positional() ? command.arguments : command.options;
    kind.push_back(describe_option(*option));
  }
  for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; })) {
    std::vector<std::string> longer = command.words;
    longer.push_back(one->get_name());
    command.commands.push_back(describe_command(*one, std::move(longer)));
  }
  return command;
}

}  // namespace

CommandReference program_reference() {
  Environment environment{std::cout, std::cerr, [](const std::string&) { return std::nullopt; },
                          [] { return WallTime(); }};
  Invocation invocation{environment, host_defaults().api_address, false, nullptr};
  CLI::App program;
  add_everything(program, invocation);
  return describe_command(program, {});
}

std::vector<const CommandReference*> all_commands(const CommandReference& command) {
  std::vector<const CommandReference*> all{&command};
  for (const CommandReference& one : command.commands) {
    for (const CommandReference* below : all_commands(one)) all.push_back(below);
  }
  return all;
}

bool names_a_file(const OptionReference& option) {
  return option.value == "FILE" || option.value == "KEY" || option.value == "SOCKET" || option.value == "TOKENS";
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

}  // namespace jitgate::cli
