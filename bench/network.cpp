#include "bench/network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "bench/process.hpp"

namespace jitgate::bench {

Network::Network() {
  if (::unshare(CLONE_NEWNET) != 0) fail_errno("unshare(CLONE_NEWNET), which needs root");
  fd_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail_errno("open the network namespace");
  run({"ip", "link", "set", "lo", "up"});
}

Network::~Network() {
  ::close(fd_);
}

void Network::enter() const {
  if (::setns(fd_, CLONE_NEWNET) != 0) fail_errno("setns");
}

std::string Network::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_);
}

}  // namespace jitgate::bench
