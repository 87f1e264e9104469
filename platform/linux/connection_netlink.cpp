#include "platform/linux/connection_netlink.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace jitgate {
namespace {

/// The kernel answers within the request's own system call; this only keeps a kernel bug from hanging the daemon.
constexpr timeval kAnswerTimeout{5, 0};
/// A dump fills at most 32 KiB at a time (netlink_dump(), af_netlink.c).
constexpr std::size_t kAnswerCapacity = 65536;

Error malformed() {
  return error(errc::system_failed, "the kernel's netlink answer is malformed");
}

/// Walks one datagram. True when the answer is complete.
Result<bool> walk(std::span<const std::uint8_t> datagram, std::uint32_t sequence, bool dump,
                  const NetlinkChannel::OnMessage& on_message, int& kernel_errno, Result<void>& outcome) {
  int left = static_cast<int>(datagram.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
    if (message->nlmsg_seq != sequence) continue;  // the end of an answer that was given up on
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0 && outcome) {
      outcome = error(errc::system_failed, "the kernel's table changed while it was read");
    }
    const Result<AnswerStep> step = judge_answer(*message, dump);
    if (!step) return step.error();
    if (step->finished) {
      kernel_errno = step->kernel_errno;
      return true;
    }
    if (step->is_data && on_message && outcome) outcome = on_message(*message);
  }
  if (left > 0) return malformed();
  return false;
}

}  // namespace

Error kernel_error(const std::string& message, int number, std::string target) {
  return error(errc::system_failed, message + ": " + std::generic_category().message(number), std::move(target));
}

Result<MnlSocket> open_mnl_socket(int bus) {
  MnlSocket socket(mnl_socket_open2(bus, SOCK_CLOEXEC));
  if (!socket) return kernel_error("cannot open a netlink socket", errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return kernel_error("cannot bind a netlink socket", errno);
  }
  return socket;
}

ssize_t receive_from_kernel(int fd, std::span<std::uint64_t> buffer, int flags) {
  while (true) {
    sockaddr_nl from{};
    iovec target{buffer.data(), buffer.size_bytes()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &target;
    message.msg_iovlen = 1;
    const ssize_t got = ::recvmsg(fd, &message, flags);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (from.nl_pid != 0) continue;  // another process may write to our port id; the kernel is port 0
    if ((message.msg_flags & MSG_TRUNC) == 0) return got;
    errno = EMSGSIZE;
    return -1;
  }
}

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags)
    : buffer_(kCapacity / sizeof(std::uint64_t)), message_(mnl_nlmsg_put_header(buffer_.data())) {
  message_->nlmsg_type = type;
  message_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

Result<AnswerStep> judge_answer(const nlmsghdr& message, bool dump) {
  const std::size_t payload = mnl_nlmsg_get_payload_len(&message);
  if (message.nlmsg_type == NLMSG_ERROR) {
    if (payload < sizeof(nlmsgerr)) return malformed();
    const auto* answer = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message));
    // Negative is an error, zero an acknowledgement, and positive is nothing the kernel sends.
    if (answer->error > 0) return malformed();
    return AnswerStep{true, -answer->error, false};
  }
  if (message.nlmsg_type == NLMSG_DONE) {
    if (!dump) return malformed();
    std::int32_t status = 0;
    if (payload >= sizeof(status)) std::memcpy(&status, mnl_nlmsg_get_payload(&message), sizeof(status));
    return AnswerStep{true, status < 0 ? -status : 0, false};
  }
  if (message.nlmsg_type < NLMSG_MIN_TYPE) return AnswerStep{};
  return AnswerStep{false, 0, true};
}

NetlinkChannel::NetlinkChannel(MnlSocket socket) : socket_(std::move(socket)), buffer_(kAnswerCapacity) {}

Result<NetlinkChannel> NetlinkChannel::open(int bus) {
  Result<MnlSocket> socket = open_mnl_socket(bus);
  if (!socket) return socket.error();
  const int fd = mnl_socket_get_fd(socket->get());
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kAnswerTimeout, sizeof(kAnswerTimeout)) != 0) {
    return kernel_error("cannot limit the wait of a netlink socket", errno);
  }
  return NetlinkChannel(std::move(*socket));
}

Result<int> NetlinkChannel::exchange(NetlinkRequest& request, const OnMessage& on_message) {
  nlmsghdr* message = request.raw();
  const bool dump = (message->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  if (!dump) message->nlmsg_flags |= NLM_F_ACK;
  message->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_.get(), message, message->nlmsg_len) < 0) {
    return kernel_error("cannot send a netlink request", errno);
  }
  Result<void> outcome;
  int kernel_errno = 0;
  while (true) {
    const ssize_t got = receive_from_kernel(mnl_socket_get_fd(socket_.get()), buffer_.words(), 0);
    if (got < 0) return kernel_error("cannot read a netlink answer", errno);
    const std::span datagram(reinterpret_cast<const std::uint8_t*>(buffer_.words().data()),
                             static_cast<std::size_t>(got));
    const Result<bool> complete = walk(datagram, sequence_, dump, on_message, kernel_errno, outcome);
    if (!complete) return complete.error();
    if (*complete) break;
  }
  if (!outcome) return outcome.error();
  return kernel_errno;
}

}  // namespace jitgate
