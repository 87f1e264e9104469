#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "platform/linux/netlink_socket.hpp"

namespace jitgate::bench {

/// Sees what others change in the ruleset of the network namespace in which it was made.
class RulesetEvents {
 public:
  RulesetEvents();
  /// Returns as soon as the kernel has told of `count` new elements of `set`; fails after ten seconds without news.
  void await_elements(std::string_view set, std::size_t count);
  /// Reads what is waiting.
  void discard() { socket_.discard_waiting(); }

 private:
  NetlinkSocket socket_;
  std::vector<std::byte> buffer_;
};

}  // namespace jitgate::bench
