#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <thread>

#include "agent/model/clock.hpp"

namespace jitgate::cli {

/// What the command line program gets from outside; tests give their own.
struct Environment {
  std::ostream& out;
  std::ostream& err;
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<WallTime()> now;
  /// Between two looks at something that takes people time.
  std::function<void(std::chrono::milliseconds)> pause = [](std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
  };
};

}  // namespace jitgate::cli
