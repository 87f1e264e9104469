#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "agent/model/result.hpp"

namespace jitgate {

/// A NETLINK_NETFILTER socket (netlink(7)). Not thread-safe. Belongs to the network namespace in which it was opened.
class NetlinkSocket {
 public:
  [[nodiscard]] static Result<NetlinkSocket> open();
  /// Takes over a descriptor, as systemd's file descriptor store gives it back. Anything but a bound NETLINK_NETFILTER
  /// socket is refused, and then closed.
  [[nodiscard]] static Result<NetlinkSocket> adopt(int fd);

  NetlinkSocket(NetlinkSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), port_id_(other.port_id_) {}
  NetlinkSocket& operator=(NetlinkSocket&& other) noexcept;
  ~NetlinkSocket();

  [[nodiscard]] int fd() const { return fd_; }
  /// The kernel's name for this socket.
  [[nodiscard]] std::uint32_t port_id() const { return port_id_; }

  /// Receives changes of the ruleset from now on (NFNLGRP_NFTABLES).
  [[nodiscard]] Result<void> subscribe_to_changes();

  /// Sends to the kernel, which has handled all of it when this returns. Gives 0 or an errno value.
  [[nodiscard]] int send(std::span<const std::byte> bytes) const;

  struct Received {
    std::size_t size = 0;  ///< 0: nothing is waiting
    int error = 0;         ///< errno; ENOBUFS: messages were lost; EBADMSG: a datagram that was cut off
  };
  /// Takes the next datagram that the kernel sent, without waiting. Datagrams from anybody else are thrown away.
  [[nodiscard]] Received receive(std::span<std::byte> buffer) const;
  /// Throws away what is waiting: answers to whoever had the socket before.
  void discard_waiting() const;

 private:
  NetlinkSocket(int fd, std::uint32_t port_id) : fd_(fd), port_id_(port_id) {}
  [[nodiscard]] static Result<NetlinkSocket> configure(int fd);

  int fd_;
  std::uint32_t port_id_;
};

/// A datagram of a dump is at most this long (netlink_dump() in net/netlink/af_netlink.c stays at 32 KiB).
inline constexpr std::size_t kNetlinkDatagram = 64 * 1024;

/// What we send carries a sequence number of this range, so that our own changes are told apart from those that another
/// process makes through a duplicate of our socket (table_release), which carry one beyond it.
inline constexpr std::uint32_t kLastOwnSequence = 0x7fffffff;

}  // namespace jitgate
