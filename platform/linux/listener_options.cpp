#include "platform/listener_options.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace jitgate {
namespace {

Result<void> enable(int socket, int level, int option, const char* failure) {
  const int on = 1;
  if (::setsockopt(socket, level, option, &on, sizeof on) == 0) return {};
  return error(errc::system_failed, std::string(failure) + ": " + std::strerror(errno));
}

}  // namespace

Result<void> set_listener_options(std::uintptr_t handle, bool ipv6) {
  const int socket = static_cast<int>(handle);
  if (const auto reused = enable(socket, SOL_SOCKET, SO_REUSEADDR, "cannot make a socket"); !reused) return reused;
  constexpr const char* kFailure = "cannot listen before there is a network";
  return ipv6 ? enable(socket, IPPROTO_IPV6, IPV6_FREEBIND, kFailure)
              : enable(socket, IPPROTO_IP, IP_FREEBIND, kFailure);
}

}  // namespace jitgate
