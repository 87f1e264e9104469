#pragma once

#include <cstdint>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// A process that holds a netlink socket, and its descriptor there.
struct NetlinkOwner {
  int pid = 0;
  int fd = -1;
  std::string name;  ///< /proc/PID/comm
};

/// Who holds the NETLINK_NETFILTER socket with this port id in our network namespace: the process that made it, or
/// systemd, which keeps it in its file descriptor store. errc::not_found when there is no such socket, or no process
/// that we may look into has it.
[[nodiscard]] Result<NetlinkOwner> find_netlink_owner(std::uint32_t port_id);

}  // namespace jitgate
