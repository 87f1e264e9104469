// Preloaded into a daemon under test: it dies, as by SIGKILL, at a chosen step between the disk and the kernel.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "tests/netns/crash_preload.hpp"

namespace {

jitgate::netns::CrashPoint* map_point() {
  const char* path = std::getenv(jitgate::netns::kCrashVariable);
  const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* mapped = ::mmap(nullptr, sizeof(jitgate::netns::CrashPoint), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<jitgate::netns::CrashPoint*>(mapped);
}

void step() {
  static auto* const point = map_point();
  if (point == nullptr || __atomic_load_n(&point->steps_left, __ATOMIC_SEQ_CST) <= 0) return;
  if (__atomic_sub_fetch(&point->steps_left, 1, __ATOMIC_SEQ_CST) == 0) ::kill(::getpid(), SIGKILL);
}

/// A system call with a step on either side.
template <class... Arguments>
long stepping(long number, Arguments... arguments) {
  step();
  const long result = ::syscall(number, arguments...);
  step();
  return result;
}

}  // namespace

extern "C" {

int fdatasync(int file) {
  return static_cast<int>(stepping(SYS_fdatasync, file));
}

int fsync(int file) {
  return static_cast<int>(stepping(SYS_fsync, file));
}

ssize_t sendto(int socket, const void* bytes, size_t size, int flags, const sockaddr* address, socklen_t length) {
  const bool netlink = address != nullptr && address->sa_family == AF_NETLINK;
  if (netlink) return stepping(SYS_sendto, socket, bytes, size, flags, address, length);
  return ::syscall(SYS_sendto, socket, bytes, size, flags, address, length);
}

}  // extern "C"
