#include "agent/control/caller_rates.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace jitgate {
namespace {

/// Callers are this host's users and its tokens; those that have long been silent need no account.
constexpr std::size_t kManyAccounts = 1'000;

}  // namespace

void CallerRates::set(std::size_t per_minute, std::size_t burst) {
  interval_ = Duration(std::chrono::minutes(1)) / static_cast<std::int64_t>(std::max<std::size_t>(per_minute, 1));
  ahead_ = interval_ * static_cast<std::int64_t>(std::max<std::size_t>(burst, 1) - 1);
}

std::optional<Duration> CallerRates::take(const std::string& caller, BootTime now) {
  if (accounts_.size() >= kManyAccounts) {
    std::erase_if(accounts_,
                  [&](const auto& entry) { return entry.second.used_until <= now && entry.second.unrecorded == 0; });
  }
  auto& account = accounts_[caller];
  const auto from = std::max(account.used_until, now);
  if (from - now > ahead_) return from - now - ahead_;
  account.used_until = from + interval_;
  return std::nullopt;
}

bool CallerRates::add_unrecorded(const std::string& caller) {
  return ++accounts_[caller].unrecorded == 1;
}

std::size_t CallerRates::take_unrecorded(const std::string& caller) {
  const auto found = accounts_.find(caller);
  return found == accounts_.end() ? 0 : std::exchange(found->second.unrecorded, 0);
}

}  // namespace jitgate
