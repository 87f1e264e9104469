#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// A TCP socket that listens, or a UDP socket that is bound and has no peer.
struct ListeningSocket {
  TransportPort port;
  AddressPrefix address;  ///< a host; 0.0.0.0 or :: is every address of the machine
  bool only_loopback = false;
  std::vector<std::string> processes;  ///< names of those that hold it, sorted; empty when not known
  friend bool operator==(const ListeningSocket&, const ListeningSocket&) = default;
};

struct SocketReport {
  std::vector<ListeningSocket> sockets;  ///< sorted by port, then address
  /// False: some socket has no name because the processes of others may not be looked at.
  bool processes_readable = true;
};

/// What on this host waits for packets, in the network namespace of the calling thread.
class SocketInventory {
 public:
  virtual ~SocketInventory() = default;
  /// Blocks: it goes through every process of the host. May be called on any thread.
  [[nodiscard]] virtual Result<SocketReport> read() const = 0;
};

[[nodiscard]] std::unique_ptr<SocketInventory> make_socket_inventory();

}  // namespace jitgate
