#include "platform/linux/sock_diag.hpp"

#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace jitgate {
namespace {

constexpr std::uint32_t kLiveStates =
    1U << TCP_ESTABLISHED | 1U << TCP_SYN_RECV | 1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSE_WAIT;

constexpr std::array<std::uint8_t, 2> kFamilies{AF_INET, AF_INET6};

bool is_live(std::uint8_t state) {
  return state < 32 && (kLiveStates & 1U << state) != 0;
}

std::vector<PortNumber> ports_of(Transport transport, const std::vector<TransportPort>& ports) {
  std::vector<PortNumber> numbers;
  for (const TransportPort& port : ports) {
    if (port.transport == transport) numbers.push_back(port.number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

NetlinkRequest request(std::uint16_t type, std::uint16_t flags, Transport transport, std::uint8_t family) {
  NetlinkRequest message(type, flags);
  auto& fixed = message.header<inet_diag_req_v2>();
  fixed.sdiag_family = family;
  fixed.sdiag_protocol = static_cast<std::uint8_t>(transport);
  fixed.idiag_states = kLiveStates;
  return message;
}

NetlinkRequest exact_request(std::uint16_t type, const DiagSocket& socket) {
  NetlinkRequest message(type, 0);
  auto& fixed = message.header<inet_diag_req_v2>();
  fixed.sdiag_family = socket.family;
  fixed.sdiag_protocol = static_cast<std::uint8_t>(socket.connection.transport);
  fixed.idiag_states = kLiveStates;
  fixed.id = socket.id;
  return message;
}

/// ENOENT: no such socket. ESTALE: another one has its addresses now; the cookie does not match
/// (sock_diag_check_cookie()).
bool is_gone(int kernel_errno) {
  return kernel_errno == ENOENT || kernel_errno == ESTALE;
}

}  // namespace

Result<SockDiag> SockDiag::open() {
  Result<NetlinkChannel> channel = NetlinkChannel::open(NETLINK_SOCK_DIAG);
  if (!channel) return channel.error();
  return SockDiag(std::move(*channel));
}

Result<void> SockDiag::dump(Transport transport, std::uint8_t family, std::span<const PortNumber> ports,
                            const OnSocket& on_socket) {
  NetlinkRequest message = request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, transport, family);
  const std::vector<std::byte> bytecode = local_port_bytecode(ports);
  if (!bytecode.empty()) mnl_attr_put(message.raw(), INET_DIAG_REQ_BYTECODE, bytecode.size(), bytecode.data());
  const Result<int> answer = channel_.exchange(message, [&](const nlmsghdr& reply) -> Result<void> {
    const Result<std::optional<DiagSocket>> socket = parse_diag_socket(reply, transport);
    if (!socket) return socket.error();
    if (*socket && is_live((*socket)->state)) on_socket(**socket);
    return {};
  });
  if (!answer) return answer.error();
  if (*answer != 0) return kernel_error("cannot list sockets", *answer, std::string(to_string(transport)));
  return {};
}

Result<std::vector<DiagSocket>> SockDiag::list(const std::vector<TransportPort>& ports) {
  std::vector<DiagSocket> found;
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    const std::vector<PortNumber> numbers = ports_of(transport, ports);
    if (numbers.empty()) continue;
    for (const std::uint8_t family : kFamilies) {
      const Result<void> done = dump(transport, family, numbers, [&](const DiagSocket& socket) {
        if (std::binary_search(numbers.begin(), numbers.end(), socket.connection.local_port)) found.push_back(socket);
      });
      if (!done) return done.error();
    }
  }
  return found;
}

Result<std::uint64_t> SockDiag::count_tcp() {
  std::uint64_t count = 0;
  for (const std::uint8_t family : kFamilies) {
    const Result<void> done = dump(Transport::tcp, family, {}, [&](const DiagSocket&) { ++count; });
    if (!done) return done.error();
  }
  return count;
}

Result<std::optional<DiagSocket>> SockDiag::find(const DiagSocket& socket) {
  DiagSocket wanted = socket;
  if (socket.connection.transport == Transport::udp) {
    // udp_dump_one() (udp_diag.c) looks the socket up from the sender's side; destroying does not.
    std::swap(wanted.id.idiag_sport, wanted.id.idiag_dport);
    std::swap_ranges(std::begin(wanted.id.idiag_src), std::end(wanted.id.idiag_src), std::begin(wanted.id.idiag_dst));
  }
  NetlinkRequest message = exact_request(SOCK_DIAG_BY_FAMILY, wanted);
  std::optional<DiagSocket> found;
  const Result<int> answer = channel_.exchange(message, [&](const nlmsghdr& reply) -> Result<void> {
    Result<std::optional<DiagSocket>> parsed = parse_diag_socket(reply, socket.connection.transport);
    if (!parsed) return parsed.error();
    if (*parsed && is_live((*parsed)->state)) found = **parsed;
    return {};
  });
  if (!answer) return answer.error();
  if (is_gone(*answer)) return std::optional<DiagSocket>();
  if (*answer != 0) return kernel_error("cannot look a socket up", *answer);
  return found;
}

Result<bool> SockDiag::destroy(const DiagSocket& socket) {
  NetlinkRequest message = exact_request(SOCK_DESTROY, socket);
  const Result<int> answer = channel_.exchange(message);
  if (!answer) return answer.error();
  if (is_gone(*answer)) return false;
  if (*answer == EOPNOTSUPP) {
    return error(
        errc::system_failed,
        "this kernel cannot end another program's connections (it was built without CONFIG_INET_DIAG_DESTROY)");
  }
  if (*answer != 0) return kernel_error("cannot end a connection's socket", *answer);
  return true;
}

}  // namespace jitgate
