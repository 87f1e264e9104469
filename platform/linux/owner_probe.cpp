#include "platform/linux/owner_probe.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace jitgate {
namespace {

constexpr int kProbeTimeoutMs = 5000;

enum Verdict : int { kKnowsFlags = 0, kLacksFlags = 1, kNoLibrary = 2 };

// nftables/libnftables.h, which is declared here because the library is not needed to build or to run.
struct nft_ctx;
using NewContext = nft_ctx* (*)(std::uint32_t flags);
using SetFlag = void (*)(nft_ctx* context, bool on);
using BufferStream = int (*)(nft_ctx* context);
using RunCommand = int (*)(nft_ctx* context, const char* command);

template <class Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(::dlsym(library, name));
}

/// Runs in the child, which ends right after: nothing is freed.
Verdict parse_flags(const char* name) {
  void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return kNoLibrary;
  const auto new_context = symbol<NewContext>(library, "nft_ctx_new");
  const auto set_dry_run = symbol<SetFlag>(library, "nft_ctx_set_dry_run");
  const auto buffer_output = symbol<BufferStream>(library, "nft_ctx_buffer_output");
  const auto buffer_error = symbol<BufferStream>(library, "nft_ctx_buffer_error");
  const auto run = symbol<RunCommand>(library, "nft_run_cmd_from_buffer");
  if (new_context == nullptr || set_dry_run == nullptr || buffer_output == nullptr || buffer_error == nullptr ||
      run == nullptr) {
    return kLacksFlags;
  }
  nft_ctx* context = new_context(0);
  if (context == nullptr) return kLacksFlags;
  set_dry_run(context, true);
  buffer_output(context);
  buffer_error(context);
  return run(context, "add table inet jitgate_probe { flags owner,persist; }") == 0 ? kKnowsFlags : kLacksFlags;
}

/// The child's exit status, or -1 when it had to be ended or ended by a signal.
int wait_for(pid_t child) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  pollfd polled{handle, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&polled, handle < 0 ? 0 : 1, kProbeTimeoutMs);
  } while (ready < 0 && errno == EINTR);
  if (handle >= 0) ::close(handle);
  if (ready == 0) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

OwnerProbe probe_table_owner() {
  return probe_table_owner("libnftables.so.1");
}

OwnerProbe probe_table_owner(const std::string& library) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(parse_flags(library.c_str()));
  switch (child < 0 ? -1 : wait_for(child)) {
    case kKnowsFlags:
      return {true, "the installed nft knows table flags owner and persist"};
    case kNoLibrary:
      return {true, "no nft is installed that could save a ruleset"};
    case kLacksFlags:
      return {false, "the installed nft would save table flags owner and persist in a form that it cannot load"};
    default:
      return {false, "the installed nft could not be asked whether it knows table flags owner and persist"};
  }
}

}  // namespace jitgate
