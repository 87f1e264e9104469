// Before anything that could bring in the older winsock.h.
#include <iphlpapi.h>
#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>

#include "platform/windows/tcp_table.hpp"

namespace jitgate {
namespace {

constexpr int kAttempts = 5;  // connections are made while the table is read

/// The table as Windows writes it: a count, then rows.
Result<std::vector<std::uint8_t>> read_table(ULONG family) {
  std::vector<std::uint8_t> table;
  DWORD code = ERROR_INSUFFICIENT_BUFFER;
  DWORD size = 0;
  for (int attempt = 0; code == ERROR_INSUFFICIENT_BUFFER && attempt < kAttempts; ++attempt) {
    table.resize(size);
    code = GetExtendedTcpTable(table.empty() ? nullptr : table.data(), &size, FALSE, family,
                               TCP_TABLE_OWNER_MODULE_CONNECTIONS, 0);
  }
  if (code != NO_ERROR) return error(errc::system_failed, "error " + std::to_string(code), "GetExtendedTcpTable");
  return table;
}

bool is_connected(DWORD state) {
  return state == MIB_TCP_STATE_ESTAB || state == MIB_TCP_STATE_CLOSE_WAIT || state == MIB_TCP_STATE_FIN_WAIT1 ||
         state == MIB_TCP_STATE_FIN_WAIT2;
}

template <class T>
std::span<const std::uint8_t> bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// What stays the same for the life of a connection, and differs from that of another one with the same ends.
std::uint64_t cookie_of(const Connection& connection, LONGLONG created) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&hash](std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  };
  add(connection.local.bytes());
  add(connection.remote.bytes());
  add(bytes_of(connection.remote_port));
  const std::uint16_t local_port = connection.local_port.value();
  add(bytes_of(local_port));
  add(bytes_of(created));
  return std::max<std::uint64_t>(hash, 1);
}

AddressPrefix host(std::span<const std::uint8_t> address) {
  return AddressPrefix::of(address, static_cast<unsigned>(8 * address.size()));
}

std::uint16_t port_of(DWORD network_order) {
  return ntohs(static_cast<u_short>(network_order));
}

template <class Row>
void add(std::vector<Connection>& connections, const Row& row, std::span<const std::uint8_t> local,
         std::span<const std::uint8_t> remote) {
  const auto local_port = PortNumber::from(port_of(row.dwLocalPort));
  if (!is_connected(row.dwState) || !local_port) return;
  Connection connection{Transport::tcp, host(local), *local_port, host(remote), port_of(row.dwRemotePort), 0};
  connection.cookie = cookie_of(connection, row.liCreateTimestamp.QuadPart);
  connections.push_back(connection);
}

template <class Row, class See>
void each_row(const std::vector<std::uint8_t>& bytes, std::size_t first, See see) {
  DWORD count = 0;
  if (bytes.size() < sizeof count) return;
  std::memcpy(&count, bytes.data(), sizeof count);
  for (DWORD i = 0; i < count && first + (i + 1) * sizeof(Row) <= bytes.size(); ++i) {
    Row row;
    std::memcpy(&row, bytes.data() + first + i * sizeof(Row), sizeof row);
    see(row);
  }
}

}  // namespace

Result<std::vector<Connection>> tcp_connections() {
  std::vector<Connection> connections;
  const auto v4 = read_table(AF_INET);
  if (!v4) return v4.error();
  each_row<MIB_TCPROW_OWNER_MODULE>(*v4, offsetof(MIB_TCPTABLE_OWNER_MODULE, table), [&](const auto& row) {
    add(connections, row, bytes_of(row.dwLocalAddr), bytes_of(row.dwRemoteAddr));
  });
  const auto v6 = read_table(AF_INET6);
  if (!v6) return v6.error();
  each_row<MIB_TCP6ROW_OWNER_MODULE>(*v6, offsetof(MIB_TCP6TABLE_OWNER_MODULE, table), [&](const auto& row) {
    add(connections, row, std::span(row.ucLocalAddr), std::span(row.ucRemoteAddr));
  });
  return connections;
}

bool reset_tcp4(const Connection& connection) {
  MIB_TCPROW row;
  std::memset(&row, 0, sizeof row);
  row.dwState = MIB_TCP_STATE_DELETE_TCB;
  std::memcpy(&row.dwLocalAddr, connection.local.bytes().data(), sizeof row.dwLocalAddr);
  std::memcpy(&row.dwRemoteAddr, connection.remote.bytes().data(), sizeof row.dwRemoteAddr);
  row.dwLocalPort = htons(connection.local_port.value());
  row.dwRemotePort = htons(connection.remote_port);
  return SetTcpEntry(&row) == NO_ERROR;
}

}  // namespace jitgate
