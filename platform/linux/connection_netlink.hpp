#pragma once

#include <libmnl/libmnl.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/datagram_buffer.hpp"

namespace jitgate {

struct MnlSocketCloser {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using MnlSocket = std::unique_ptr<mnl_socket, MnlSocketCloser>;

/// A bound netlink socket of this bus (NETLINK_NETFILTER, ...) in the calling thread's network namespace.
[[nodiscard]] Result<MnlSocket> open_mnl_socket(int bus);

/// One netlink message under construction. Its size is bounded; what is put in must be bounded too.
class NetlinkRequest {
 public:
  static constexpr std::size_t kCapacity = 16384;

  NetlinkRequest(std::uint16_t type, std::uint16_t flags);
  NetlinkRequest(NetlinkRequest&&) = default;
  NetlinkRequest& operator=(NetlinkRequest&&) = default;
  /// Room for a fixed header behind nlmsghdr, zeroed. Only before the first attribute.
  template <class Header>
  Header& header() {
    return *static_cast<Header*>(mnl_nlmsg_put_extra_header(message_, sizeof(Header)));
  }
  [[nodiscard]] nlmsghdr* raw() { return message_; }

 private:
  std::vector<std::uint64_t> buffer_;  // 64-bit, because mnl aligns nothing itself
  nlmsghdr* message_;
};

/// Requests that the kernel answers at once, one after another, and always to the end: whatever a reply holds, the next
/// request finds an empty socket. Not thread-safe.
class NetlinkChannel {
 public:
  [[nodiscard]] static Result<NetlinkChannel> open(int bus);

  /// Called for each data message of the answer; its length has been checked against the datagram.
  using OnMessage = std::function<Result<void>(const nlmsghdr& message)>;

  /// Sends the request (its sequence number is set here) and reads the answer: up to the acknowledgement, or for a dump
  /// up to its end. Returns the kernel's errno as a positive number, 0 for success. An Error is a broken socket, a
  /// malformed answer, or the first error of `on_message`.
  [[nodiscard]] Result<int> exchange(NetlinkRequest& request, const OnMessage& on_message = {});

  /// What the kernel calls this socket; it marks the events that our own requests cause.
  [[nodiscard]] std::uint32_t port_id() const { return mnl_socket_get_portid(socket_.get()); }

 private:
  explicit NetlinkChannel(MnlSocket socket);

  MnlSocket socket_;
  std::uint32_t sequence_ = 0;
  DatagramBuffer buffer_;
};

/// Takes the next datagram that the kernel itself sent: its size, or -1 with errno (EMSGSIZE for one that was cut off).
[[nodiscard]] ssize_t receive_from_kernel(int fd, std::span<std::uint64_t> buffer, int flags);

/// What to do after one message of an answer.
struct AnswerStep {
  bool finished = false;
  int kernel_errno = 0;
  bool is_data = false;
};

/// Judges the control messages of an answer: acknowledgement, error, end of a dump. Pure; bad lengths and signs are
/// errors.
[[nodiscard]] Result<AnswerStep> judge_answer(const nlmsghdr& message, bool dump);

/// `message: strerror(number)` as errc::system_failed.
[[nodiscard]] Error kernel_error(const std::string& message, int number, std::string target = {});

}  // namespace jitgate
