#include "platform/linux/nft_watcher.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "platform/linux/netlink_socket.hpp"
#include "platform/linux/nft_reply.hpp"

namespace jitgate::nft {
namespace {

/// Lets the kernel drop the events of our own transactions, which in a bulk load would fill the receive buffer
/// (ENOBUFS) with news that we do not need. A datagram holds the events of one transaction only, so its first message
/// speaks for all.
Result<void> filter_own(int fd, std::uint32_t own_port_id) {
  // Classic BPF loads big-endian words; the header's fields are in the host's order.
  std::array<sock_filter, 6> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_pid)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(own_port_id), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_seq)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htonl(~kLastOwnSequence), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return error(errc::system_failed, std::strerror(errno), "filter change events");
  }
  return {};
}

class AsioWatcher final : public Watcher {
 public:
  AsioWatcher(boost::asio::io_context& io, NetlinkSocket socket, int waiting_fd, std::uint32_t own_port_id)
      : state_(std::make_shared<State>(io, std::move(socket), waiting_fd, own_port_id)) {}

  ~AsioWatcher() override {
    state_->on_change = nullptr;
    state_->descriptor.close();
  }

  void start(std::function<void(std::string)> on_change) override {
    const bool waiting = static_cast<bool>(state_->on_change);
    state_->on_change = std::move(on_change);
    if (!waiting) wait(state_);
  }

  void drain() override { handle(state_); }

 private:
  struct State {
    State(boost::asio::io_context& io, NetlinkSocket from, int waiting_fd, std::uint32_t own_port_id)
        : socket(std::move(from)), descriptor(io, waiting_fd), log(own_port_id), buffer(kNetlinkDatagram) {}
    NetlinkSocket socket;
    boost::asio::posix::stream_descriptor
        descriptor;  ///< a duplicate of the socket's, because it closes what it is given
    ChangeLog log;
    std::vector<std::byte> buffer;
    std::function<void(std::string)> on_change;
  };

  static void wait(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                 [weak = std::weak_ptr(state)](const boost::system::error_code& failed) {
                                   const auto alive = weak.lock();
                                   if (failed || !alive) return;
                                   handle(alive);
                                   if (alive->on_change) wait(alive);
                                 });
  }

  static void handle(const std::shared_ptr<State>& state) {
    while (true) {
      const NetlinkSocket::Received received = state->socket.receive(state->buffer);
      if (received.size == 0 && received.error == 0) break;
      if (received.error == 0) {
        state->log.read({state->buffer.data(), received.size});
      } else {
        state->log.lost(received.error == ENOBUFS ? "events lost" : std::strerror(received.error));
        if (received.error != ENOBUFS && received.error != EBADMSG) break;
      }
    }
    const std::optional<std::string> reason = state->log.take();
    // A copy: the callback may replace itself or destroy the watcher.
    const auto on_change = state->on_change;
    if (reason && on_change) on_change(*reason);
  }

  std::shared_ptr<State> state_;
};

}  // namespace

Result<std::unique_ptr<Watcher>> make_watcher(boost::asio::io_context& io, std::uint32_t own_port_id) {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket) return socket.error();
  if (const Result<void> filtered = filter_own(socket->fd(), own_port_id); !filtered) return filtered.error();
  if (const Result<void> subscribed = socket->subscribe_to_changes(); !subscribed) return subscribed.error();
  const int waiting_fd = ::dup(socket->fd());
  if (waiting_fd < 0) return error(errc::system_failed, std::strerror(errno), "watch the ruleset");
  return std::unique_ptr<Watcher>(std::make_unique<AsioWatcher>(io, std::move(*socket), waiting_fd, own_port_id));
}

}  // namespace jitgate::nft
