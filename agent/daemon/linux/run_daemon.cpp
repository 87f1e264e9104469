#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>

#include "agent/daemon/options.hpp"
#include "agent/daemon/serve.hpp"
#include "platform/linux/service_host_systemd.hpp"
#include "platform/linux/timerfd_events.hpp"

namespace jitgate {

int run_daemon(const std::string& config) {
  return serve(config, {[](boost::asio::io_context& context) { return make_timerfd_events(context); },
                        [](boost::asio::io_context& context) { return make_systemd_service_host(context); },
                        std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                        [](const Error& why) { std::fprintf(stderr, "jitgated: %s\n", describe(why).c_str()); }});
}

void add_host_options(CLI::App&, CLI::Option_group&, DaemonOptions&) {}

}  // namespace jitgate
