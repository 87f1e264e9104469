// The notification protocol is a datagram of lines (sd_notify(3)): libsystemd is not needed for it.
#include "platform/linux/service_host_systemd.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <span>
#include <sstream>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

constexpr int kFirstPassedDescriptor = 3;  // SD_LISTEN_FDS_START

long environment_number(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? 0 : std::strtol(value, nullptr, 10);
}

void attach_descriptor(msghdr& message, int descriptor, std::span<std::byte> control) {
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
}

void notify(std::string text, int descriptor = -1) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const FileHandle socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  iovec line{text.data(), text.size()};
  msghdr message{};
  message.msg_name = &address;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  message.msg_iov = &line;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) attach_descriptor(message, descriptor, control);
  if (::sendmsg(socket.get(), &message, MSG_NOSIGNAL) < 0)
    spdlog::warn("systemd could not be notified: {}", std::strerror(errno));
}

class SystemdServiceHost final : public ServiceHost {
 public:
  explicit SystemdServiceHost(boost::asio::io_context& context)
      : timer_(context), signals_(context, SIGTERM, SIGINT, SIGHUP) {
    const long watchdog = environment_number("WATCHDOG_USEC");
    const long pid = environment_number("WATCHDOG_PID");
    if (watchdog > 0 && (pid == 0 || pid == ::getpid())) {
      period_ = std::chrono::microseconds(watchdog / 2);
      feed();
    }
  }

  void watch(std::function<void()> on_stop, std::function<void()> on_reload) override {
    on_stop_ = std::move(on_stop);
    on_reload_ = std::move(on_reload);
    await_signal();
  }
  void ready() override { notify("READY=1"); }
  void reloading() override {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000LL + now.tv_nsec / 1000));
  }
  void stopping() override { notify("STOPPING=1"); }
  void status(const std::string& text) override { notify("STATUS=" + text); }

 private:
  void feed() {
    timer_.expires_after(period_);
    timer_.async_wait([this](boost::system::error_code cancelled) {
      if (cancelled) return;
      notify("WATCHDOG=1");
      feed();
    });
  }

  void await_signal() {
    signals_.async_wait([this](boost::system::error_code failed, int number) {
      if (failed) return;
      if (number != SIGHUP) return on_stop_();
      on_reload_();
      await_signal();
    });
  }

  boost::asio::steady_timer timer_;
  boost::asio::signal_set signals_;
  std::chrono::microseconds period_{};
  std::function<void()> on_stop_;
  std::function<void()> on_reload_;
};

}  // namespace

int take_stored_descriptor(const std::string& name) {
  if (environment_number("LISTEN_PID") != ::getpid()) return -1;
  const long count = environment_number("LISTEN_FDS");
  const char* names = std::getenv("LISTEN_FDNAMES");
  std::istringstream list(names == nullptr ? "" : names);
  std::string candidate;
  for (long i = 0; i < count && std::getline(list, candidate, ':'); ++i) {
    if (candidate != name) continue;
    const int descriptor = kFirstPassedDescriptor + static_cast<int>(i);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return descriptor;
  }
  return -1;
}

void store_descriptor(int descriptor, const std::string& name) {
  if (descriptor >= 0) notify("FDSTORE=1\nFDNAME=" + name, descriptor);
}

std::unique_ptr<ServiceHost> make_systemd_service_host(boost::asio::io_context& context) {
  return std::make_unique<SystemdServiceHost>(context);
}

}  // namespace jitgate
