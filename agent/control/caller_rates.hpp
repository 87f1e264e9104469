#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "agent/model/clock.hpp"

namespace jitgate {

/// How many calls each caller may make: `burst` at once, `per_minute` in the long run. Pure.
class CallerRates {
 public:
  CallerRates(std::size_t per_minute, std::size_t burst) { set(per_minute, burst); }
  void set(std::size_t per_minute, std::size_t burst);

  /// Counts one call; or, when it is one too many, does not, and says how long until the next may be made.
  [[nodiscard]] std::optional<Duration> take(const std::string& caller, BootTime now);

  /// A refusal of this caller is not recorded; true for the first since the last take_unrecorded().
  [[nodiscard]] bool add_unrecorded(const std::string& caller);
  /// How many were not recorded since this was asked last.
  [[nodiscard]] std::size_t take_unrecorded(const std::string& caller);

 private:
  struct Account {
    BootTime used_until{};  ///< every call takes one interval; this far ahead of now they are taken
    std::size_t unrecorded = 0;
  };

  Duration interval_{};
  Duration ahead_{};  ///< how far
  std::map<std::string, Account> accounts_;
};

}  // namespace jitgate
