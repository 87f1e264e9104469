#include "platform/linux/table_lock.hpp"

#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kName("\0jitgate/table", 14);

/// The holder's answer is short in coming: that it listens, or has room.
constexpr int kAttempts = 20;
constexpr auto kBetween = std::chrono::milliseconds(5);
/// After an accept(2) that failed for want of descriptors or memory.
constexpr auto kRest = std::chrono::seconds(1);

class LinuxTableLock final : public InstanceLock {
 public:
  LinuxTableLock(FileHandle socket, asio::io_context& context) : socket_(context, socket.release()), resting_(context) {
    await_next();
  }

 private:
  void await_next() {
    socket_.async_wait(asio::posix::descriptor_base::wait_read, [this](boost::system::error_code ended) {
      if (!ended) turn_away();
    });
  }
  void turn_away() {
    const FileHandle next(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
    if (next || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return await_next();
    resting_.expires_after(kRest);
    resting_.async_wait([this](boost::system::error_code ended) {
      if (!ended) await_next();
    });
  }

  asio::posix::stream_descriptor socket_;  // the name ends with its last descriptor
  asio::steady_timer resting_;
};

struct Address {
  sockaddr_un name{};
  socklen_t size = offsetof(sockaddr_un, sun_path) + kName.size();

  Address() {
    name.sun_family = AF_UNIX;
    std::ranges::copy(kName, name.sun_path);
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

Error failed(const std::string& what) {
  return error(errc::system_failed, what + ": " + std::generic_category().message(errno), "lock of the table");
}

FileHandle make_socket() {
  return FileHandle(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// One who has just begun does not listen yet, and one who was asked often may have no room at this moment.
bool connect_in_time(const FileHandle& socket) {
  const Address address;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::connect(socket.get(), address.get(), address.size) == 0) return true;
    if (errno != ECONNREFUSED && errno != EAGAIN) return false;
    std::this_thread::sleep_for(kBetween);
  }
  return false;
}

/// Who listens at the name (SO_PEERCRED says who did when the listening began).
std::optional<ucred> holder() {
  const FileHandle socket = make_socket();
  if (!socket || !connect_in_time(socket)) return std::nullopt;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer;
}

/// CapEff of proc(5), which counts in the process's own user namespace only.
bool may_change_rules(pid_t pid) {
  std::error_code code;
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto theirs = std::filesystem::read_symlink(directory + "/ns/user", code);
  if (code || theirs != std::filesystem::read_symlink("/proc/self/ns/user", code) || code) return false;
  std::ifstream status(directory + "/status");
  constexpr std::string_view label = "CapEff:\t";
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(label)) continue;
    std::uint64_t effective = 0;
    std::from_chars(line.data() + label.size(), line.data() + line.size(), effective, 16);
    return ((effective >> CAP_NET_ADMIN) & 1U) != 0;
  }
  return false;
}

bool is_trusted(const ucred& peer) {
  return peer.uid == 0 || peer.uid == ::geteuid() || (peer.pid > 0 && may_change_rules(peer.pid));
}

}  // namespace

Result<std::unique_ptr<InstanceLock>> lock_table(asio::io_context& context) {
  FileHandle socket = make_socket();
  if (!socket) return failed("no socket");
  const Address address;
  if (::bind(socket.get(), address.get(), address.size) == 0) {
    if (::listen(socket.get(), SOMAXCONN) != 0) return failed("nobody else could see who has it");
    return std::unique_ptr<InstanceLock>(std::make_unique<LinuxTableLock>(std::move(socket), context));
  }
  if (errno != EADDRINUSE) return failed("the name @jitgate/table cannot be had");
  const auto peer = holder();
  const std::string pid = peer && peer->pid > 0 ? " (pid " + std::to_string(peer->pid) + ")" : "";
  if (peer && is_trusted(*peer))
    return error(errc::conflict, "another jitgated keeps the rules of this network" + pid, "lock of the table");
  return error(errc::system_failed, "the name @jitgate/table is taken by somebody who may not change rules" + pid,
               "lock of the table");
}

}  // namespace jitgate
