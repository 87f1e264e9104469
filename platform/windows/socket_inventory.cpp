#include "platform/socket_inventory.hpp"

#include <winsock2.h>
// After winsock2.h, whose types they use.
#include <iphlpapi.h>
#include <ws2ipdef.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <tuple>

#include "platform/windows/socket_owners.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

struct BoundSocket {
  ListeningSocket socket;
  std::uint32_t pid;
};

/// A table of iphlpapi: it grows between the question for its size and the one for itself.
template <class Ask>
Result<std::vector<std::byte>> table_of(const Ask& ask) {
  std::vector<std::byte> table;
  DWORD status = ERROR_INSUFFICIENT_BUFFER;
  for (int attempt = 0; attempt < 8 && status == ERROR_INSUFFICIENT_BUFFER; ++attempt) {
    auto size = static_cast<DWORD>(table.size());
    status = ask(table.data(), &size);
    if (status == ERROR_INSUFFICIENT_BUFFER) table.resize(size + 1024);
  }
  if (status != NO_ERROR) return windows_error(status, "the sockets cannot be listed");
  return table;
}

/// Row<T>: the port, in network byte order, is in the lower half of a DWORD.
PortNumber port_of(DWORD port) {
  return PortNumber::from(::ntohs(static_cast<std::uint16_t>(port))).value();
}

AddressPrefix address_of(const MIB_TCPROW_OWNER_PID& row) {
  return AddressPrefix::of({reinterpret_cast<const std::uint8_t*>(&row.dwLocalAddr), 4}, 32);
}
AddressPrefix address_of(const MIB_UDPROW_OWNER_PID& row) {
  return AddressPrefix::of({reinterpret_cast<const std::uint8_t*>(&row.dwLocalAddr), 4}, 32);
}
AddressPrefix address_of(const MIB_TCP6ROW_OWNER_PID& row) {
  return AddressPrefix::of(row.ucLocalAddr, 128);
}
AddressPrefix address_of(const MIB_UDP6ROW_OWNER_PID& row) {
  return AddressPrefix::of(row.ucLocalAddr, 128);
}

bool is_loopback(const AddressPrefix& address) {
  static const AddressPrefix ipv4 = AddressPrefix::parse("127.0.0.0/8").value();
  static const AddressPrefix ipv6 = AddressPrefix::parse("::1").value();
  return ipv4.contains(address) || ipv6.contains(address);
}

template <class Table>
void add_rows(const std::vector<std::byte>& bytes, Transport transport, std::vector<BoundSocket>& found) {
  const auto* table = reinterpret_cast<const Table*>(bytes.data());
  for (const auto& row : std::span(table->table, table->dwNumEntries)) {
    if (row.dwLocalPort == 0) continue;  // not bound
    const AddressPrefix address = address_of(row);
    found.push_back({{{transport, port_of(row.dwLocalPort)}, address, is_loopback(address), {}}, row.dwOwningPid});
  }
}

template <class Table>
Result<void> add_tcp(ULONG family, std::vector<BoundSocket>& found) {
  const auto table = table_of([family](void* buffer, DWORD* size) {
    return ::GetExtendedTcpTable(buffer, size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
  });
  if (!table) return table.error();
  add_rows<Table>(*table, Transport::tcp, found);
  return {};
}

template <class Table>
Result<void> add_udp(ULONG family, std::vector<BoundSocket>& found) {
  const auto table = table_of([family](void* buffer, DWORD* size) {
    return ::GetExtendedUdpTable(buffer, size, FALSE, family, UDP_TABLE_OWNER_PID, 0);
  });
  if (!table) return table.error();
  add_rows<Table>(*table, Transport::udp, found);
  return {};
}

Result<std::vector<BoundSocket>> list_bound() {
  std::vector<BoundSocket> found;
  Result<void> done = add_tcp<MIB_TCPTABLE_OWNER_PID>(AF_INET, found);
  if (done) done = add_tcp<MIB_TCP6TABLE_OWNER_PID>(AF_INET6, found);
  if (done) done = add_udp<MIB_UDPTABLE_OWNER_PID>(AF_INET, found);
  if (done) done = add_udp<MIB_UDP6TABLE_OWNER_PID>(AF_INET6, found);
  if (!done) return done.error();
  return found;
}

/// GetExtendedTcpTable and GetExtendedUdpTable. Windows does not tell whether a UDP socket has a peer: all of them are
/// reported.
class WindowsSocketInventory final : public SocketInventory {
 public:
  Result<SocketReport> read() const override {
    auto bound = list_bound();
    if (!bound) return bound.error();
    const SocketOwners owners;
    SocketReport report;
    for (BoundSocket& one : *bound) {
      one.socket.processes = owners.names(one.pid);
      if (one.socket.processes.empty()) report.processes_readable = false;
      report.sockets.push_back(std::move(one.socket));
    }
    std::ranges::sort(report.sockets, {}, [](const ListeningSocket& one) { return std::tie(one.port, one.address); });
    return report;
  }
};

}  // namespace

std::unique_ptr<SocketInventory> make_socket_inventory() {
  return std::make_unique<WindowsSocketInventory>();
}

}  // namespace jitgate
