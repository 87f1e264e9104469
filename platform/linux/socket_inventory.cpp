#include "platform/socket_inventory.hpp"

#include <algorithm>
#include <tuple>

#include "platform/linux/listening_sockets.hpp"
#include "platform/linux/socket_owners.hpp"

namespace jitgate {
namespace {

class LinuxSocketInventory final : public SocketInventory {
 public:
  Result<SocketReport> read() const override {
    auto bound = list_listening_sockets();
    if (!bound) return bound.error();
    std::set<std::uint32_t> inodes;
    for (const BoundSocket& one : *bound) {
      if (one.inode != 0) inodes.insert(one.inode);
    }
    const SocketOwners owners = find_socket_owners(inodes);
    SocketReport report;
    // A socket of the kernel's own has no process, however much can be read.
    report.processes_readable = owners.all_readable || owners.names.size() == inodes.size();
    for (BoundSocket& one : *bound) {
      const auto names = owners.names.find(one.inode);
      if (names != owners.names.end()) one.socket.processes.assign(names->second.begin(), names->second.end());
      report.sockets.push_back(std::move(one.socket));
    }
    std::ranges::sort(report.sockets, {}, [](const ListeningSocket& one) { return std::tie(one.port, one.address); });
    return report;
  }
};

}  // namespace

std::unique_ptr<SocketInventory> make_socket_inventory() {
  return std::make_unique<LinuxSocketInventory>();
}

}  // namespace jitgate
