// Writes what is made of the table of commands, and the manual of the configuration, which holds the commented default:
// jitgate_reference man TEMPLATE | yaml TEMPLATE CONFIGURATION | bash | zsh | fish.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/reference/command_reference.hpp"

namespace {

int fail(const std::string& why) {
  std::cerr << "jitgate_reference: " << why << '\n';
  return 1;
}

std::string read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The template, with this text in the place of the line that is `name`.
int write_manual(const char* path, const std::string& name, const std::string& made) {
  std::string text = read(path);
  const auto place = text.find(name + "\n");
  if (place == std::string::npos) return fail(std::string(path) + " has no line " + name);
  std::cout << text.replace(place, name.size() + 1, made);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  const auto program = jitgate::cli::program_reference();
  if (kind == "man" && argc == 3) return write_manual(argv[2], "@COMMANDS@", manual_commands(program));
  if (kind == "yaml" && argc == 4)
    return write_manual(argv[2], "@CONFIGURATION@", jitgate::cli::manual_literal(read(argv[3])));
  if (kind == "bash")
    std::cout << bash_completion(program);
  else if (kind == "zsh")
    std::cout << zsh_completion(program);
  else if (kind == "fish")
    std::cout << fish_completion(program);
  else
    return fail("man TEMPLATE, yaml TEMPLATE CONFIGURATION, bash, zsh or fish");
  return 0;
}
