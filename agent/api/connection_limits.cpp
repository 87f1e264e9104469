#include "agent/api/connection_limits.hpp"

namespace jitgate {

std::optional<ConnectionLimits::Slot> ConnectionLimits::acquire(const std::shared_ptr<ConnectionLimits>& limits,
                                                                const std::string& user, bool has_role) {
  if (!has_role && limits->anybody_ >= limits->total_limit_) return std::nullopt;
  const auto held = limits->by_user_.find(user);
  if (held != limits->by_user_.end() && held->second >= limits->user_limit_) return std::nullopt;
  if (!has_role) ++limits->anybody_;
  ++limits->by_user_[user];
  return Slot(limits, user, !has_role);
}

void ConnectionLimits::release(const std::string& user, bool anybody) {
  if (anybody) --anybody_;
  const auto held = by_user_.find(user);
  if (--held->second == 0) by_user_.erase(held);
}

}  // namespace jitgate
