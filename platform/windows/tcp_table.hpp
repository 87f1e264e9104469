#pragma once

#include <cstdint>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/connection_tracker.hpp"

namespace jitgate {

/// TCP connections that are established or half-closed, IPv4 and IPv6.
[[nodiscard]] Result<std::vector<Connection>> tcp_connections();

/// Ends a connection over IPv4: both ends get a reset
/// (https://learn.microsoft.com/en-us/windows/win32/api/iphlpapi/nf-iphlpapi-settcpentry). False: Windows did not.
[[nodiscard]] bool reset_tcp4(const Connection& connection);

}  // namespace jitgate
