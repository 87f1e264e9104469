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

#include "platform/linux/datagram_buffer.hpp"
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
    state_->calls.reset();
    state_->descriptor.close();
  }

  void start(WatchCalls calls) override {
    const bool waiting = state_->calls != nullptr;
    state_->log.watch_sets(calls.set_matters);
    state_->calls = std::make_shared<const WatchCalls>(std::move(calls));
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
    DatagramBuffer buffer;
    std::shared_ptr<const WatchCalls> calls;  ///< null: not started, or the watcher is gone
  };

  static void wait(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                 [weak = std::weak_ptr(state)](const boost::system::error_code& failed) {
                                   const auto alive = weak.lock();
                                   if (failed || !alive) return;
                                   handle(alive);
                                   if (alive->calls) wait(alive);
                                 });
  }

  static void handle(const std::shared_ptr<State>& state) {
    while (true) {
      const NetlinkSocket::Received received = state->socket.receive(state->buffer.bytes());
      if (received.size == 0 && received.error == 0) break;
      if (received.error == 0) {
        state->log.read(state->buffer.first(received.size));
      } else {
        state->log.lost(received.error == ENOBUFS ? "events lost" : std::strerror(received.error));
        if (received.error != ENOBUFS && received.error != EBADMSG) break;
      }
    }
    const std::optional<std::string> reason = state->log.take();
    const bool foreign = state->log.take_foreign();
    // A copy: a callback may replace them or destroy the watcher.
    auto calls = state->calls;
    if (reason && calls) calls->own_table(*reason);
    calls = state->calls;
    if (foreign && calls) calls->foreign_chains();
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
