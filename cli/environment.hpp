#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "agent/model/clock.hpp"

namespace jitgate::cli {

/// What the command line program gets from outside; tests give their own.
struct Environment {
  std::ostream& out;
  std::ostream& err;
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<WallTime()> now;
};

}  // namespace jitgate::cli
