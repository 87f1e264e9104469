#include "platform/linux/listening_sockets.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "platform/linux/connection_netlink.hpp"
#include "platform/linux/sock_diag_message.hpp"

namespace jitgate {
namespace {

/// Of `lo`, in every network namespace (the kernel's LOOPBACK_IFINDEX).
constexpr std::uint32_t kLoopbackInterface = 1;

/// A UDP socket without a peer is in TCP_CLOSE.
std::uint8_t waiting_state(Transport transport) {
  return transport == Transport::tcp ? TCP_LISTEN : TCP_CLOSE;
}

bool is_loopback(const AddressPrefix& address) {
  static const AddressPrefix ipv4 = AddressPrefix::parse("127.0.0.0/8").value();
  static const AddressPrefix ipv6 = AddressPrefix::parse("::1").value();
  return ipv4.contains(address) || ipv6.contains(address);
}

Result<void> dump(NetlinkChannel& channel, Transport transport, std::uint8_t family, std::vector<BoundSocket>& found) {
  NetlinkRequest message(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
  auto& fixed = message.header<inet_diag_req_v2>();
  fixed.sdiag_family = family;
  fixed.sdiag_protocol = static_cast<std::uint8_t>(transport);
  fixed.idiag_states = 1U << waiting_state(transport);
  const Result<int> answer = channel.exchange(message, [&](const nlmsghdr& reply) -> Result<void> {
    Result<std::optional<BoundSocket>> socket = parse_listening_socket(reply, transport);
    if (!socket) return socket.error();
    if (*socket) found.push_back(std::move(**socket));
    return {};
  });
  if (!answer) return answer.error();
  // ENOENT: no such handler, as on a kernel built without IPv6.
  if (*answer == ENOENT && family == AF_INET6) return {};
  if (*answer != 0) return kernel_error("cannot list sockets", *answer, std::string(to_string(transport)));
  return {};
}

}  // namespace

Result<std::optional<BoundSocket>> parse_listening_socket(const nlmsghdr& message, Transport transport) {
  const Result<inet_diag_msg> report = parse_socket_report(message);
  if (!report) return report.error();
  const Result<PortNumber> number = PortNumber::from(ntohs(report->id.idiag_sport));
  if (!number || report->id.idiag_dport != 0 || report->idiag_state != waiting_state(transport)) {
    return std::optional<BoundSocket>();
  }
  const AddressPrefix address = host_of(report->id.idiag_src, report->idiag_family);
  const bool only_loopback = is_loopback(address) || report->id.idiag_if == kLoopbackInterface;
  return std::optional<BoundSocket>({{{transport, *number}, address, only_loopback, {}}, report->idiag_inode});
}

Result<std::vector<BoundSocket>> list_listening_sockets() {
  Result<NetlinkChannel> channel = NetlinkChannel::open(NETLINK_SOCK_DIAG);
  if (!channel) return channel.error();
  std::vector<BoundSocket> found;
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    for (const int family : {AF_INET, AF_INET6}) {
      const Result<void> done = dump(*channel, transport, static_cast<std::uint8_t>(family), found);
      if (!done) return done.error();
    }
  }
  return found;
}

}  // namespace jitgate
