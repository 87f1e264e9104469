#include "platform/linux/sock_diag_message.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace jitgate {
namespace {

using RawAddress = std::array<std::uint8_t, 16>;

RawAddress raw_address(const __be32 (&words)[4]) {
  RawAddress bytes;
  std::memcpy(bytes.data(), words, bytes.size());
  return bytes;
}

/// ::ffff:0:0/96 (RFC 4291 2.5.5.2): an AF_INET6 socket whose packets are IPv4.
bool is_mapped(const RawAddress& address) {
  static constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.begin());
}

/// The kernel finds an IPv4-mapped socket by its IPv4 addresses too, and its UDP lookup by nothing else.
void unmap(inet_diag_sockid& id) {
  for (auto* words : {id.idiag_src, id.idiag_dst}) {
    words[0] = words[3];
    words[1] = words[2] = words[3] = 0;
  }
}

std::uint64_t cookie_of(const inet_diag_sockid& id) {
  return std::uint64_t{id.idiag_cookie[1]} << 32 | id.idiag_cookie[0];
}

}  // namespace

Result<inet_diag_msg> parse_socket_report(const nlmsghdr& message) {
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(inet_diag_msg)) {
    return error(errc::system_failed, "the kernel's socket report is too short");
  }
  inet_diag_msg report;
  std::memcpy(&report, mnl_nlmsg_get_payload(&message), sizeof(report));
  if (report.idiag_family != AF_INET && report.idiag_family != AF_INET6) {
    return error(errc::system_failed, "the kernel's socket report has an unknown address family");
  }
  return report;
}

AddressPrefix host_of(const __be32 (&words)[4], std::uint8_t family) {
  const RawAddress bytes = raw_address(words);
  const std::size_t size = family == AF_INET ? 4 : 16;
  return AddressPrefix::of(std::span(bytes).first(size), static_cast<unsigned>(8 * size));
}

Result<std::optional<DiagSocket>> parse_diag_socket(const nlmsghdr& message, Transport transport) {
  Result<inet_diag_msg> parsed = parse_socket_report(message);
  if (!parsed) return parsed.error();
  inet_diag_msg& report = *parsed;
  const Result<PortNumber> local_port = PortNumber::from(ntohs(report.id.idiag_sport));
  if (!local_port || report.id.idiag_dport == 0) return std::optional<DiagSocket>();
  std::uint8_t family = report.idiag_family;
  if (family == AF_INET6 && is_mapped(raw_address(report.id.idiag_dst))) {
    family = AF_INET;
    unmap(report.id);
  }
  const Connection connection{transport,
                              host_of(report.id.idiag_src, family),
                              *local_port,
                              host_of(report.id.idiag_dst, family),
                              ntohs(report.id.idiag_dport),
                              cookie_of(report.id)};
  return std::optional<DiagSocket>(DiagSocket{connection, report.idiag_state, family, report.id});
}

std::vector<std::byte> local_port_bytecode(std::span<const PortNumber> ports) {
  // For each port: `S_EQ port` (the operation and its operand, 8 bytes), else skip the next; `JMP accept` (4 bytes).
  // Then `JMP reject`. The program accepts by ending exactly at its end, and rejects by going 4 bytes beyond.
  constexpr std::size_t kMaxPorts = 1000;
  constexpr std::size_t kOp = sizeof(inet_diag_bc_op);
  if (ports.empty() || ports.size() > kMaxPorts) return {};
  const std::size_t total = ports.size() * 3 * kOp + kOp;
  std::vector<inet_diag_bc_op> program;
  for (const PortNumber port : ports) {
    program.push_back({INET_DIAG_BC_S_EQ, 2 * kOp, 3 * kOp});
    program.push_back({0, 0, port.value()});
    const std::size_t to_end = total - program.size() * kOp;
    program.push_back({INET_DIAG_BC_JMP, kOp, static_cast<unsigned short>(to_end)});
  }
  program.push_back({INET_DIAG_BC_JMP, kOp, 2 * kOp});
  const auto bytes = std::as_bytes(std::span(program));
  return {bytes.begin(), bytes.end()};
}

}  // namespace jitgate
