#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {

class TokenCommand : public CommandLine {
 protected:
  std::string path() const { return api.directory().file("tokens.yaml"); }
  ExitCode create(const std::string& name, const std::string& role) {
    return run({"token", "create", name, "--role", role, "--tokens", path()});
  }
  std::string printed() const { return out.substr(0, out.find('\n')); }
  std::string content() const {
    std::stringstream text;
    text << std::ifstream(path()).rdbuf();
    return text.str();
  }
};

}  // namespace jitgate::cli
