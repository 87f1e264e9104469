#include "platform/linux/netlink_socket.hpp"

#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jitgate {
namespace {

// 900 entries that are re-timed, three messages each, are 300 KB; the kernel refuses a datagram that does not fit
// (EMSGSIZE).
constexpr int kSendBuffer = 4 * 1024 * 1024;
// One error message for every element of a failing batch must fit, and a burst of change events.
constexpr int kReceiveBuffer = 8 * 1024 * 1024;

Error failure(const char* what) {
  return error(errc::system_failed, std::strerror(errno), what);
}

void grow_buffer(int fd, int force, int limited, int size) {
  // Beyond net.core.[rw]mem_max only with CAP_NET_ADMIN in the initial user namespace; the limited size serves smaller
  // batches.
  if (::setsockopt(fd, SOL_SOCKET, force, &size, sizeof size) != 0) {
    ::setsockopt(fd, SOL_SOCKET, limited, &size, sizeof size);
  }
}

}  // namespace

Result<NetlinkSocket> NetlinkSocket::configure(int fd) {
  NetlinkSocket owner(fd, 0);
  sockaddr_nl address{};
  socklen_t length = sizeof address;
  int protocol = 0;
  socklen_t protocol_length = sizeof protocol;
  if (::getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_length) != 0) return failure("netlink socket");
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return failure("netlink socket");
  if (address.nl_family != AF_NETLINK || protocol != NETLINK_NETFILTER || address.nl_pid == 0) {
    return error(errc::invalid_argument, "not a bound NETLINK_NETFILTER socket", "netlink socket");
  }
  owner.port_id_ = address.nl_pid;
  // Errors without a copy of what was sent, and with the offset of the offending attribute.
  const int on = 1;
  ::setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  ::setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  grow_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, kSendBuffer);
  grow_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBuffer);
  return owner;
}

Result<NetlinkSocket> NetlinkSocket::open() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0) return failure("open a netlink socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    Error bind_failure = failure("bind a netlink socket");
    ::close(fd);
    return bind_failure;
  }
  return configure(fd);
}

Result<NetlinkSocket> NetlinkSocket::adopt(int fd) {
  return configure(fd);
}

NetlinkSocket& NetlinkSocket::operator=(NetlinkSocket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
    port_id_ = other.port_id_;
  }
  return *this;
}

NetlinkSocket::~NetlinkSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> NetlinkSocket::subscribe_to_changes() {
  const int group = NFNLGRP_NFTABLES;
  if (::setsockopt(fd_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    return failure("subscribe to ruleset changes");
  }
  return {};
}

int NetlinkSocket::send(std::span<const std::byte> bytes) const {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  while (true) {
    const ssize_t sent =
        ::sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    if (sent >= 0) return static_cast<std::size_t>(sent) == bytes.size() ? 0 : EMSGSIZE;
    if (errno != EINTR) return errno;
  }
}

NetlinkSocket::Received NetlinkSocket::receive(std::span<std::byte> buffer) const {
  while (true) {
    sockaddr_nl from{};
    iovec target{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &target;
    message.msg_iovlen = 1;
    const ssize_t got = ::recvmsg(fd_, &message, MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return {};
      return {0, errno};
    }
    // Any process may send to our port id; only the kernel is port 0.
    if (from.nl_pid != 0) continue;
    if ((message.msg_flags & MSG_TRUNC) != 0) return {0, EBADMSG};
    return {static_cast<std::size_t>(got), 0};
  }
}

void NetlinkSocket::discard_waiting() const {
  std::byte nothing{};
  while (true) {
    const ssize_t got = ::recv(fd_, &nothing, sizeof nothing, MSG_DONTWAIT);
    if (got < 0 && errno != EINTR && errno != ENOBUFS) return;
  }
}

}  // namespace jitgate
