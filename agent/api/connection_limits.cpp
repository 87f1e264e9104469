#include "agent/api/connection_limits.hpp"

namespace jitgate {

std::optional<ConnectionLimits::Slot> ConnectionLimits::acquire(const std::shared_ptr<ConnectionLimits>& limits,
                                                                const std::string& user, bool privileged) {
  if (!privileged && limits->total_ >= limits->total_limit_) return std::nullopt;
  const auto held = limits->by_user_.find(user);
  if (held != limits->by_user_.end() && held->second >= limits->user_limit_) return std::nullopt;
  ++limits->total_;
  ++limits->by_user_[user];
  return Slot(limits, user);
}

void ConnectionLimits::release(const std::string& user) {
  --total_;
  const auto held = by_user_.find(user);
  if (--held->second == 0) by_user_.erase(held);
}

}  // namespace jitgate
