#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_set>

namespace jitgate {

/// The cookies of sockets that were ended on purpose. The kernel never gives a cookie twice until reboot
/// (sock_gen_cookie()), so the memory of one that is long gone is only worth the space: the oldest are forgotten beyond
/// kMax.
class TerminatedSockets {
 public:
  static constexpr std::size_t kMax = 65536;

  void add(std::uint64_t cookie) {
    if (!cookies_.insert(cookie).second) return;
    order_.push_back(cookie);
    if (order_.size() <= kMax) return;
    cookies_.erase(order_.front());
    order_.pop_front();
  }

  [[nodiscard]] bool contains(std::uint64_t cookie) const { return cookies_.contains(cookie); }

 private:
  std::unordered_set<std::uint64_t> cookies_;
  std::deque<std::uint64_t> order_;
};

}  // namespace jitgate
