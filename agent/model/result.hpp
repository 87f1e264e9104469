#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jitgate {

/// Why something was refused or failed. Each value maps to one HTTP status and one exit status (agent/api, cli).
enum class errc {
  invalid_argument = 1,  ///< malformed input: a bad prefix, time, document, request
  not_supported,         ///< understood, but this version does not do it
  not_permitted,         ///< the caller's role does not allow it
  not_found,             ///< no such grant, port or resource
  refused,               ///< well formed, but against the policy
  conflict,              ///< the same id with other content, or an id that has ended
  too_many,              ///< a limit on count or rate
  unavailable,           ///< cannot be done now (clock, disabled, clone held back); may be tried again
  store_failed,          ///< the store could not make it durable
  firewall_failed,       ///< the kernel refused it
  system_failed,         ///< any other operating system call
};

/// An expected failure. `message` is one sentence for people, without the target; `target` names the offending key,
/// field or object ("ports[0].number"); `details` has one entry per violated rule where there are several.
struct Error {
  errc code = errc::invalid_argument;
  std::string message;
  std::string target;
  std::vector<Error> details;
  std::chrono::seconds retry_after{};  ///< where a rate is the reason: when it may be tried again
};

/// Every function that can fail for a reason outside the program returns one of these. Exceptions are for start-up and
/// broken invariants only.
template <class T>
using Result = boost::system::result<T, Error>;

/// PascalCase, as in the Azure error shape: "InvalidArgument".
std::string_view to_string(errc code);

inline Error error(errc code, std::string message, std::string target = {}) {
  return Error{code, std::move(message), std::move(target), {}};
}

/// "target: message", then "; " and each detail in turn.
std::string describe(const Error& error);

/// Called by Result<T>::value() on an error; throws std::runtime_error(describe(error)).
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

}  // namespace jitgate
