#pragma once

#include "agent/model/address_prefix.hpp"
#include "agent/model/result.hpp"
#include "platform/linux/connection_netlink.hpp"

namespace jitgate {

/// Tells which addresses are this host's own, as routing has it (RTM_GETROUTE: RTN_LOCAL), in the network namespace in
/// which it was opened. Not thread-safe.
class LocalRoute {
 public:
  [[nodiscard]] static Result<LocalRoute> open();

  /// True when packets to this host address are delivered here. An address without a route is not ours.
  [[nodiscard]] Result<bool> is_local(const AddressPrefix& address);

 private:
  explicit LocalRoute(NetlinkChannel channel) : channel_(std::move(channel)) {}

  NetlinkChannel channel_;
};

}  // namespace jitgate
