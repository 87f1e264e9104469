#pragma once

#include "platform/linux/netlink_socket.hpp"

namespace jitgate {

/// The socket that owns our table: the one that was handed over (see NetlinkSocket::adopt()), so that the table has an
/// owner all along, or a new one where that is of no use. Negative: none was handed over.
[[nodiscard]] Result<NetlinkSocket> owner_socket_for(int handed_over);

}  // namespace jitgate
