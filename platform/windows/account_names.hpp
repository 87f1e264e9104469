#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "platform/windows/account.hpp"

namespace jitgate {

/// What accounts are called, and which account has a name, remembered: asking may take as long as a domain's controller
/// likes, and whoever connects must not be able to make us ask each time. Any thread; what is remembered is told while
/// another one asks.
class AccountNames {
 public:
  static constexpr std::chrono::minutes kKnown{10};   ///< what was found is believed for so long
  static constexpr std::chrono::minutes kUnknown{1};  ///< what was not found is not asked for again for so long
  static constexpr std::size_t kMost = 1024;          ///< of each kind; with more, all are forgotten

  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  using Find = std::function<std::optional<Sid>(const std::string&)>;
  using Name = std::function<std::string(const Sid&)>;

  explicit AccountNames(Find find = &Sid::of, Name name = &Sid::name, Clock now = &std::chrono::steady_clock::now);

  /// As Sid::of().
  std::optional<Sid> find(const std::string& name);
  /// As Sid::name().
  std::string name_of(const Sid& sid);

  /// What is remembered; nullopt: it has to be asked for.
  [[nodiscard]] std::optional<std::optional<Sid>> known(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> known_name(const Sid& sid) const;

 private:
  template <class Value>
  struct Answer {
    Value value;
    std::chrono::steady_clock::time_point until;
  };

  Find find_;
  Name name_;
  Clock now_;
  mutable std::mutex mutex_;                                    ///< of the answers; not held while somebody is asked
  std::map<std::string, Answer<std::optional<Sid>>> accounts_;  ///< by name
  std::map<std::string, Answer<std::string>> names_;            ///< by SID
};

}  // namespace jitgate
