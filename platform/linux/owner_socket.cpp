#include "platform/linux/owner_socket.hpp"

namespace jitgate {

Result<NetlinkSocket> owner_socket_for(int handed_over) {
  if (handed_over >= 0) {
    Result<NetlinkSocket> socket = NetlinkSocket::adopt(handed_over);
    if (socket) {
      // An earlier process may have been killed before it read its answers, whose sequence numbers are like ours.
      socket->discard_waiting();
      return socket;
    }
  }
  return NetlinkSocket::open();
}

}  // namespace jitgate
