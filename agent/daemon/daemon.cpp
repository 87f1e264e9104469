#include "agent/daemon/daemon.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/api/tls_context.hpp"
#include "agent/api/tls_server.hpp"
#include "agent/api/token_file.hpp"
#include "agent/audit/audit_journal.hpp"
#include "agent/daemon/configuration_file.hpp"
#include "agent/daemon/local_api.hpp"
#include "agent/daemon/logging.hpp"
#include "agent/store/threaded_store.hpp"
#include "jitgate/version.hpp"
#include "platform/machine_identity.hpp"
#include "platform/management_port.hpp"
#include "platform/saved_rulesets.hpp"
#include "platform/socket_inventory.hpp"

namespace jitgate {
namespace {

constexpr auto kSettleTime = std::chrono::seconds(5);
constexpr auto kSettlePoll = std::chrono::milliseconds(10);

/// In the journal, where whoever can write the database does not reach it: `jitgate audit verify --head` compares.
StoreObserver make_observer(bool journald) {
  auto journal = std::make_shared<AuditJournal>(journald ? make_host_journal() : nullptr);
  StoreObserver observer;
  observer.recorded = [journal](const std::vector<AuditRecord>& records) { journal->note(records); };
  observer.not_pruned = [](const Error& why) { spdlog::error("the audit trail cannot be pruned: {}", describe(why)); };
  return observer;
}

}  // namespace

Daemon::Daemon(DaemonParts parts, boost::asio::io_context& context)
    : config_path_(std::move(parts.config_path)),
      clock_(std::move(parts.clock)),
      enforcers_(std::move(parts.enforcers)),
      store_(make_threaded_store(parts.start.config.state_directory, context.get_executor(),
                                 make_observer(parts.start.config.audit.journald))),
      time_events_(std::move(parts.time_events)),
      service_(std::move(parts.service)),
      sockets_(make_socket_inventory()),
      agent_({context.get_executor(), *enforcers_.backend, enforcers_.tracker.get(), *store_, *clock_, *time_events_,
              std::move(parts.host_id), machine_fingerprint(), runtime_directory(), sockets_.get(),
              usual_saved_rulesets(), management_port(), boot_directory(config_path_)},
             std::move(parts.start.config)),
      yaml_(std::move(parts.start.yaml)),
      metrics_(context, agent_),
      sources_(context, agent_),
      context_(context),
      settle_timer_(context) {
  if (parts.start.problem) agent_.note_configuration_problem(describe(*parts.start.problem));
}

Result<void> Daemon::start() {
  agent_.start();
  keep();
  auto api = serve_local_api(context_, agent_);
  if (!api) return api.error();
  api_ = std::move(*api);
  report(listen_to_network());
  metrics_.apply();
  sources_.apply();
  service_->watch([this] { stop(); }, [this] { reload(); });
  service_->ready();
  boost::asio::co_spawn(context_, tell_state(), boost::asio::detached);
  return {};
}

/// After the restored grants: until they are in the kernel, the state says that changes are on their way.
boost::asio::awaitable<void> Daemon::tell_state() {
  (void)co_await agent_.kernel_has_followed();
  spdlog::info("jitgated {} is up: {}", kVersion, std::string(to_string(agent_.status().state)));
}

/// The certificate and key are read again; connections over TLS end. A certificate that cannot be used leaves the
/// listener that is there.
Result<void> Daemon::listen_to_network() {
  const auto& https = agent_.config().https;
  if (!https) {
    tls_api_.reset();
    return {};
  }
  if (auto usable = make_tls_context(https->tls); !usable) return usable.error();
  tls_api_.reset();
  auto api = make_tls_server(context_, agent_, *https);
  if (!api) return api.error();
  tls_api_ = std::move(*api);
  return {};
}

/// Locks and local API are up: what is wrong with the listener does not take them away.
void Daemon::report(const Result<void>& listening) {
  agent_.note_service_problem("api.listen", listening ? std::nullopt : std::optional(describe(listening.error())));
  if (!listening) spdlog::error("the API over TLS is not as configured: {}", describe(listening.error()));
  const auto& https = agent_.config().https;
  const auto tokens = https ? TokenFile(https->tokens).check() : Result<void>{};
  agent_.note_service_problem("api.tokens", tokens ? std::nullopt : std::optional(describe(tokens.error())));
  if (!tokens) spdlog::error("nobody is known over TLS: {}", describe(tokens.error()));
}

/// For a start over a file that cannot be used.
void Daemon::keep() {
  if (const auto kept = keep_config(agent_.config().state_directory, boot_directory(config_path_), yaml_); !kept)
    spdlog::warn("the configuration could not be kept for a start without it: {}", describe(kept.error()));
}

Result<void> Daemon::take_configuration() {
  auto yaml = read_configuration_file(config_path_);
  auto config = yaml ? parse_config(*yaml, config_path_) : Result<Config>(yaml.error());
  if (!config) return config.error();
  const auto log = *config;
  auto taken = agent_.reload(std::move(*config));
  if (!taken) return taken;
  change_logging(log);
  yaml_ = std::move(*yaml);
  keep();
  return {};
}

void Daemon::reload() {
  service_->reloading();
  const auto taken = take_configuration();
  agent_.note_configuration_problem(taken ? std::nullopt : std::optional(describe(taken.error())));
  if (taken) {
    report(listen_to_network());
    metrics_.apply();
    sources_.apply();
    spdlog::info("the configuration was reloaded");
  } else {
    spdlog::error("the configuration was not reloaded, nothing has changed: {}", describe(taken.error()));
  }
  service_->ready();
}

/// The locks stay. What has happened is given a moment to reach the disk.
void Daemon::stop() {
  service_->stopping();
  metrics_.stop();
  sources_.stop();
  tls_api_.reset();
  api_.reset();
  settle_until_ = std::chrono::steady_clock::now() + kSettleTime;
  settle();
}

void Daemon::settle() {
  if (agent_.settled() || std::chrono::steady_clock::now() >= settle_until_) return context_.stop();
  settle_timer_.expires_after(kSettlePoll);
  settle_timer_.async_wait([this](boost::system::error_code) { settle(); });
}

}  // namespace jitgate
