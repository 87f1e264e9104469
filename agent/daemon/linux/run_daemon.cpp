#include <malloc.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>

#include "agent/daemon/options.hpp"
#include "agent/daemon/serve.hpp"
#include "platform/linux/service_host_systemd.hpp"
#include "platform/linux/timerfd_events.hpp"

namespace jitgate {
namespace {

/// Of address space: what is not used of it takes no memory.
constexpr int kHeapStride = 1024 * 1024;

/// glibc lets the heap of a thread that it has just begun grow a page at a time, with a system call for each, which
/// holds up all other threads: a tenth of what it takes to restore ten thousand grants (mallopt(3), M_TOP_PAD).
void grow_heaps_in_strides() {
#ifdef __GLIBC__
  ::mallopt(M_TOP_PAD, kHeapStride);
#endif
}

}  // namespace

int run_daemon(const std::string& config) {
  grow_heaps_in_strides();
  return serve(config, {[](boost::asio::io_context& context) { return make_timerfd_events(context); },
                        [](boost::asio::io_context& context) { return make_systemd_service_host(context); },
                        std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                        [](const Error& why) { std::fprintf(stderr, "jitgated: %s\n", describe(why).c_str()); }});
}

void add_host_options(CLI::App&, CLI::Option_group&, DaemonOptions&) {}

}  // namespace jitgate
