#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate::cli {

/// The program against the real server with a fake agent.
class CommandLine : public testing::Test {
 protected:
  /// Runs the program with these words; what it printed is in `out` and `err` afterwards.
  ExitCode run(std::vector<std::string> words) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    Environment environment{out_stream, err_stream,
                            [this](const std::string& name) -> std::optional<std::string> {
                              const auto found = variables.find(name);
                              if (found == variables.end()) return std::nullopt;
                              return found->second;
                            },
                            [this] { return clock_.wall_now(); },
                            [this](std::chrono::milliseconds) {
                              ++pauses;
                              if (before_pause) before_pause();
                            }};
    words.insert(words.end(), {"--socket", api.socket()});
    const ExitCode code = cli::run(std::move(words), environment);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }

  void SetUp() override { api.start(); }

  RunningApi api;
  std::map<std::string, std::string> variables;
  int pauses = 0;                      ///< that the program made
  std::function<void()> before_pause;  ///< what happens meanwhile
  std::string out;
  std::string err;

 private:
  ManualClock clock_;
};

}  // namespace jitgate::cli
