#include "platform/linux/conntrack_events.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "platform/linux/conntrack_event_filter.hpp"
#include "platform/linux/conntrack_message.hpp"

namespace jitgate {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBurst{150};
/// A busy port closes connections all the time; each call makes the daemon list sockets.
constexpr std::chrono::milliseconds kInterval{1000};

bool concerns(const FlowTuple& tuple, const std::vector<TransportPort>& ports) {
  return std::any_of(ports.begin(), ports.end(), [&](const TransportPort& port) {
    return port.transport == tuple.transport && port.number.value() == tuple.destination_port;
  });
}

/// Nothing passes where there is nothing to watch.
std::vector<sock_filter> reject_all() {
  return {BPF_STMT(BPF_RET | BPF_K, 0)};
}

Result<void> attach_filter(int fd, std::vector<sock_filter> program) {
  sock_fprog attached{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof(attached)) == 0) return {};
  return kernel_error("cannot filter connection tracking events", errno);
}

/// The part that pending handlers keep alive.
class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  Subscription(boost::asio::io_context& context, MnlSocket socket)
      : socket_(std::move(socket)), readable_(context, mnl_socket_get_fd(socket_.get())), timer_(context) {}
  ~Subscription() { readable_.release(); }  // the descriptor is mnl's to close
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  void watch(std::vector<TransportPort> ports, std::uint32_t own_port_id, std::function<void()> on_lost) {
    ports_ = std::move(ports);
    own_port_id_ = own_port_id;
    on_lost_ = std::move(on_lost);
    filter();
    if (!waiting_) wait();
  }

  void stop() {
    on_lost_ = nullptr;
    timer_.cancel();
    readable_.cancel();
  }

 private:
  void filter() {
    const int fd = mnl_socket_get_fd(socket_.get());
    std::vector<sock_filter> program = ports_.empty() ? reject_all() : event_filter(ports_);
    // Without a filter every event is read and judged in reports_loss(): slower, and as right.
    if (!program.empty() && attach_filter(fd, std::move(program))) return;
    const int unused = 0;
    ::setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
  }

  void wait() {
    waiting_ = true;
    readable_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [self = shared_from_this()](boost::system::error_code ec) {
                           if (!ec && self->on_lost_) self->on_readable();
                         });
  }

  void on_readable() {
    if (!drain()) return wait();
    const auto delay = std::max<Steady::duration>(kBurst, last_call_ + kInterval - Steady::now());
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec && self->on_lost_) self->on_burst_end();
    });
  }

  void on_burst_end() {
    // What came in the meantime belongs to the burst; what comes from here on starts the next one.
    drain();
    last_call_ = Steady::now();
    wait();
    const std::function<void()> on_lost = on_lost_;  // the callee may replace it
    on_lost();
  }

  /// Empties the socket; true when a loss was reported, or reports were lost.
  bool drain() {
    bool lost = false;
    while (true) {
      const ssize_t got = receive_from_kernel(mnl_socket_get_fd(socket_.get()), buffer_, MSG_DONTWAIT);
      if (got >= 0) {
        lost = reports_loss(buffer_.data(), static_cast<std::size_t>(got), ports_, own_port_id_) || lost;
      } else if (errno == ENOBUFS || errno == EMSGSIZE) {
        lost = true;
      } else {
        return lost;
      }
    }
  }

  MnlSocket socket_;
  boost::asio::posix::stream_descriptor readable_;
  boost::asio::steady_timer timer_;
  std::vector<TransportPort> ports_;
  std::uint32_t own_port_id_ = 0;
  std::function<void()> on_lost_;
  bool waiting_ = false;
  Steady::time_point last_call_ = Steady::now() - kInterval;
  std::array<std::uint64_t, 1024> buffer_{};  // an event is a few hundred bytes
};

class ConntrackEventsImpl final : public ConntrackEvents {
 public:
  explicit ConntrackEventsImpl(std::shared_ptr<Subscription> subscription) : subscription_(std::move(subscription)) {}
  ~ConntrackEventsImpl() override { subscription_->stop(); }
  ConntrackEventsImpl(const ConntrackEventsImpl&) = delete;
  ConntrackEventsImpl& operator=(const ConntrackEventsImpl&) = delete;

  void watch(std::vector<TransportPort> ports, std::uint32_t own_port_id, std::function<void()> on_lost) override {
    subscription_->watch(std::move(ports), own_port_id, std::move(on_lost));
  }

 private:
  std::shared_ptr<Subscription> subscription_;
};

}  // namespace

bool reports_loss(const void* datagram, std::size_t size, const std::vector<TransportPort>& ports,
                  std::uint32_t own_port_id) {
  const auto* message = static_cast<const nlmsghdr*>(datagram);
  auto left = static_cast<int>(size);
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
    if (message->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE)) continue;
    if (message->nlmsg_pid == own_port_id) continue;
    const Result<std::optional<TrackedFlow>> flow = parse_tracked_flow(*message);
    if (!flow) return true;
    if (*flow && (concerns((*flow)->original, ports) || concerns((*flow)->reply, ports))) return true;
  }
  return left > 0;
}

Result<std::unique_ptr<ConntrackEvents>> open_conntrack_events(boost::asio::io_context& context) {
  Result<MnlSocket> socket = open_mnl_socket(NETLINK_NETFILTER);
  if (!socket) return socket.error();
  const Result<void> filtered = attach_filter(mnl_socket_get_fd(socket->get()), reject_all());
  if (!filtered) return filtered.error();
  int group = NFNLGRP_CONNTRACK_DESTROY;
  if (mnl_socket_setsockopt(socket->get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
    return kernel_error("cannot subscribe to connection tracking events", errno);
  }
  return std::unique_ptr<ConntrackEvents>(
      std::make_unique<ConntrackEventsImpl>(std::make_shared<Subscription>(context, std::move(*socket))));
}

}  // namespace jitgate
