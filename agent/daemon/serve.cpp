#include "agent/daemon/serve.hpp"

#include <spdlog/spdlog.h>

#include "agent/daemon/daemon.hpp"
#include "agent/daemon/logging.hpp"
#include "platform/instance_lock.hpp"
#include "platform/machine_identity.hpp"
#include "platform/state_directory.hpp"

namespace jitgate {
namespace {

int fail(const Error& why) {
  spdlog::critical("{}", describe(why));
  return 1;
}

}  // namespace

int serve(const std::string& config_path, const Supervisor& supervisor) {
  auto start = load_start_config(config_path);
  if (!start) {
    supervisor.complain(start.error());
    return 1;
  }
  const Config& config = start->config;
  set_up_logging(config, supervisor.log);
  if (start->problem) spdlog::error("{}", describe(*start->problem));
  auto host_id = config.host_id ? Result<std::string>(*config.host_id) : default_host_id();
  // No reason to go without locks.
  if (!host_id) spdlog::error("{}", describe(host_id.error()));
  // Where it cannot be made that is the store's to report: the locks come up without it. What others could have put
  // there must not speak for us.
  if (const auto made = make_state_directory(config.state_directory); !made && made.error().code == errc::not_permitted)
    return fail(made.error());
  const auto instance = lock_instance(config.state_directory);
  if (!instance && instance.error().code == errc::conflict) return fail(instance.error());
  if (!instance) spdlog::error("no instance lock: {}", describe(instance.error()));
  // One thread runs the loop: handlers need no locks.
  boost::asio::io_context context(1);
  auto time_events = supervisor.make_time_events(context);
  auto service = supervisor.make_service(context);
  auto clock = make_host_clock();
  auto enforcers = make_enforcers(config, *clock, context);
  if (!enforcers) return fail(enforcers.error());
  Daemon daemon({config_path, std::move(*start), host_id ? *host_id : std::string(), std::move(clock),
                 std::move(*enforcers), std::move(time_events), std::move(service)},
                context);
  if (const auto started = daemon.start(); !started) return fail(started.error());
  context.run();
  return 0;
}

}  // namespace jitgate
