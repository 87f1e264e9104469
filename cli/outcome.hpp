#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace jitgate::cli {

/// The exit status, as the interface contract has it.
enum class ExitCode : int {
  done = 0,
  failed = 1,         ///< refused, or tried in vain
  usage = 2,          ///< the command line itself is wrong
  unreachable = 3,    ///< no daemon, or one that does not answer
  not_permitted = 4,  ///< the caller lacks the role
};

/// Why a command did not do what it was told: `message` is the one line for stderr.
struct Failure {
  Failure() = default;
  Failure(ExitCode exit_code, std::string line) : code(exit_code), message(std::move(line)) {}

  ExitCode code = ExitCode::failed;
  std::string message;
};

template <class T>
using Outcome = boost::system::result<T, Failure>;

inline Failure usage(std::string message) {
  return Failure{ExitCode::usage, std::move(message)};
}

}  // namespace jitgate::cli
