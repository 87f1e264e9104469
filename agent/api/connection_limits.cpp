#include "agent/api/connection_limits.hpp"

namespace jitgate {

std::optional<ConnectionLimits::Slot> ConnectionLimits::acquire(const std::shared_ptr<ConnectionLimits>& limits,
                                                                std::uint32_t uid, bool privileged) {
  if (!privileged && limits->total_ >= limits->total_limit_) return std::nullopt;
  const auto user = limits->by_user_.find(uid);
  if (user != limits->by_user_.end() && user->second >= limits->user_limit_) return std::nullopt;
  ++limits->total_;
  ++limits->by_user_[uid];
  return Slot(limits, uid);
}

void ConnectionLimits::release(std::uint32_t uid) {
  --total_;
  const auto user = by_user_.find(uid);
  if (--user->second == 0) by_user_.erase(user);
}

}  // namespace jitgate
