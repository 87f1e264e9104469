#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "agent/api/api_server.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/daemon/grant_sources.hpp"
#include "agent/daemon/host.hpp"
#include "agent/daemon/metrics_outputs.hpp"
#include "agent/daemon/start_config.hpp"
#include "platform/service_host.hpp"
#include "platform/time_events.hpp"

namespace jitgate {

/// What a daemon is made of that was there before it.
struct DaemonParts {
  std::string config_path;
  StartConfig start;
  std::string host_id;  ///< empty: not known
  std::unique_ptr<Clock> clock;
  Enforcers enforcers;
  std::unique_ptr<TimeEvents> time_events;
  std::unique_ptr<ServiceHost> service;
};

/// Everything that lives as long as the daemon, in the order in which it is made. One thread, that of `context`, which
/// outlives it.
class Daemon {
 public:
  Daemon(DaemonParts parts, boost::asio::io_context& context);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Raises the locks and listens. `context` is stopped when the service manager says so.
  [[nodiscard]] Result<void> start();

 private:
  [[nodiscard]] boost::asio::awaitable<void> tell_state();
  [[nodiscard]] Result<void> listen_to_network();
  void report(const Result<void>& listening);
  void keep();
  [[nodiscard]] Result<void> take_configuration();
  void reload();
  void stop();
  void settle();

  std::string config_path_;
  std::unique_ptr<Clock> clock_;
  Enforcers enforcers_;
  std::unique_ptr<GrantStore> store_;
  std::unique_ptr<TimeEvents> time_events_;
  std::unique_ptr<ServiceHost> service_;
  std::unique_ptr<SocketInventory> sockets_;
  LocalAgent agent_;
  std::string yaml_;  ///< of the configuration in force
  std::unique_ptr<ApiServer> api_;
  std::unique_ptr<ApiServer> tls_api_;
  MetricsOutputs metrics_;
  GrantSources sources_;
  boost::asio::io_context& context_;
  boost::asio::steady_timer settle_timer_;
  std::chrono::steady_clock::time_point settle_until_;
};

}  // namespace jitgate
