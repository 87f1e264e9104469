// The composition root: concrete types are named here and nowhere else.
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "agent/api/api_server.hpp"
#include "agent/api/tls_context.hpp"
#include "agent/api/tls_server.hpp"
#include "agent/audit/audit_journal.hpp"
#include "agent/config/config.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/daemon/grant_sources.hpp"
#include "agent/daemon/logging.hpp"
#include "agent/daemon/metrics_outputs.hpp"
#include "agent/daemon/options.hpp"
#include "agent/daemon/start_config.hpp"
#include "agent/store/threaded_store.hpp"
#include "jitgate/version.hpp"
#include "platform/dry_run_backend.hpp"
#include "platform/instance_lock.hpp"
#include "platform/linux/connection_tracker_linux.hpp"
#include "platform/linux/journal_socket.hpp"
#include "platform/linux/nft_backend.hpp"
#include "platform/linux/owner_probe.hpp"
#include "platform/linux/service_host_systemd.hpp"
#include "platform/linux/system_clock.hpp"
#include "platform/linux/timerfd_events.hpp"
#include "platform/machine_identity.hpp"
#include "platform/management_port.hpp"
#include "platform/saved_rulesets.hpp"
#include "platform/socket_inventory.hpp"
#include "platform/unavailable_tracker.hpp"

namespace jitgate {
namespace {

constexpr const char* kOwnerSocketName = "nftables-owner";
constexpr auto kSettleTime = std::chrono::seconds(5);
constexpr auto kSettlePoll = std::chrono::milliseconds(10);

/// The firewall and what follows connections through it; no tracker for a dry run.
struct Enforcers {
  std::unique_ptr<FirewallBackend> backend;
  std::unique_ptr<ConnectionTracker> tracker;
};

/// `auto`: only where the installed nft can save and load such a table.
bool should_own_table(OwnTable wanted) {
  if (wanted != OwnTable::automatic) return wanted == OwnTable::on;
  const auto probe = probe_table_owner();
  spdlog::info("enforcement.ownTable auto means {}: {}", probe.own ? "on" : "off", probe.reason);
  return probe.own;
}

Result<Enforcers> make_enforcers(const Config& config, const Clock& clock, boost::asio::io_context& context) {
  if (config.backend == BackendKind::none) return Enforcers{make_dry_run_backend(clock), nullptr};
  const NftBackendOptions options{.clock = clock,
                                  .own_table = should_own_table(config.own_table),
                                  .adopted_owner_socket = take_stored_descriptor(kOwnerSocketName),
                                  .marks = *nft::MarkBits::of(config.mark_mask)};
  auto backend = make_nft_backend(options, context);
  if (!backend) return backend.error();
  auto tracker = make_linux_connection_tracker(context);
  // No reason to go without locks.
  if (!tracker) tracker = std::unique_ptr<ConnectionTracker>(std::make_unique<UnavailableTracker>(tracker.error()));
  // Kept by systemd over a crash or restart, the owner's socket leaves no moment in which nobody owns the table.
  store_descriptor((*backend)->owner_socket(), kOwnerSocketName);
  return Enforcers{std::move(*backend), std::move(*tracker)};
}

/// In the journal, where whoever can write the database does not reach it: `jitgate audit verify --head` compares.
StoreObserver make_observer(bool journald) {
  auto journal = std::make_shared<AuditJournal>(journald ? make_journal_socket() : nullptr);
  StoreObserver observer;
  observer.recorded = [journal](const std::vector<AuditRecord>& records) { journal->note(records); };
  observer.not_pruned = [](const Error& why) { spdlog::error("the audit trail cannot be pruned: {}", describe(why)); };
  return observer;
}

/// Everything that lives as long as the daemon, in the order in which it is made.
class Daemon {
 public:
  Daemon(std::string config_path, StartConfig start, std::string host_id, std::unique_ptr<Clock> clock,
         Enforcers enforcers, boost::asio::io_context& context)
      : config_path_(std::move(config_path)),
        clock_(std::move(clock)),
        enforcers_(std::move(enforcers)),
        store_(make_threaded_store(start.config.state_directory, context.get_executor(),
                                   make_observer(start.config.audit.journald))),
        time_events_(make_timerfd_events(context)),
        service_(make_systemd_service_host(context)),
        sockets_(make_socket_inventory()),
        agent_({context.get_executor(), *enforcers_.backend, enforcers_.tracker.get(), *store_, *clock_, *time_events_,
                std::move(host_id), machine_fingerprint(), runtime_directory(), sockets_.get(), usual_saved_rulesets(),
                management_port(), boot_directory(config_path_)},
               std::move(start.config)),
        yaml_(std::move(start.yaml)),
        metrics_(context, agent_),
        sources_(context, agent_),
        context_(context),
        signals_(context, SIGTERM, SIGINT, SIGHUP),
        settle_timer_(context) {
    if (start.problem) agent_.note_configuration_problem(describe(*start.problem));
  }

  [[nodiscard]] Result<void> start() {
    agent_.start();
    keep();
    ApiOptions options;
    options.socket = agent_.config().socket;
    auto api = make_api_server(context_, agent_, options);
    if (!api) return api.error();
    api_ = std::move(*api);
    report(listen_to_network());
    metrics_.apply();
    sources_.apply();
    await_signal();
    service_->ready();
    spdlog::info("jitgated {} is up: {}", kVersion, std::string(to_string(agent_.status().state)));
    return {};
  }

 private:
  /// The certificate and key are read again; connections over TLS end. A certificate that cannot be used leaves the
  /// listener that is there.
  Result<void> listen_to_network() {
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
  void report(const Result<void>& listening) {
    agent_.note_service_problem("api.listen", listening ? std::nullopt : std::optional(describe(listening.error())));
    if (!listening) spdlog::error("the API over TLS is not as configured: {}", describe(listening.error()));
  }

  void await_signal() {
    signals_.async_wait([this](boost::system::error_code failed, int number) {
      if (failed) return;
      if (number != SIGHUP) return stop();
      reload();
      await_signal();
    });
  }

  /// For a start over a file that cannot be used.
  void keep() {
    if (const auto kept = keep_config(agent_.config().state_directory, boot_directory(config_path_), yaml_); !kept)
      spdlog::warn("the configuration could not be kept for a start without it: {}", describe(kept.error()));
  }

  void reload() {
    service_->reloading();
    auto yaml = read_config(config_path_);
    auto config = yaml ? parse_config(*yaml, config_path_) : Result<Config>(yaml.error());
    Result<void> taken;
    if (config) {
      const auto log = *config;
      taken = agent_.reload(std::move(*config));
      if (taken) {
        change_logging(log);
        yaml_ = std::move(*yaml);
        keep();
      }
    } else {
      taken = config.error();
    }
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
  void stop() {
    service_->stopping();
    metrics_.stop();
    sources_.stop();
    tls_api_.reset();
    api_.reset();
    settle_until_ = std::chrono::steady_clock::now() + kSettleTime;
    settle();
  }

  void settle() {
    if (agent_.settled() || std::chrono::steady_clock::now() >= settle_until_) return context_.stop();
    settle_timer_.expires_after(kSettlePoll);
    settle_timer_.async_wait([this](boost::system::error_code) { settle(); });
  }

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
  boost::asio::signal_set signals_;
  boost::asio::steady_timer settle_timer_;
  std::chrono::steady_clock::time_point settle_until_;
};

/// A directory that cannot be made is the store's to report: the locks come up without it.
void make_state_directory(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed)) return;
  std::filesystem::create_directories(path, failed);
  if (!failed) ::chmod(path.c_str(), 0700);
}

int fail(const Error& why) {
  spdlog::critical("{}", describe(why));
  return 1;
}

}  // namespace

std::string runtime_directory() {
  const char* directory = std::getenv("RUNTIME_DIRECTORY");
  return directory != nullptr && directory[0] == '/' ? directory : "/run/jitgate";
}

int serve(const std::string& config_path) {
  auto start = load_start_config(config_path);
  if (!start) {
    std::fprintf(stderr, "jitgated: %s\n", describe(start.error()).c_str());
    return 1;
  }
  const Config& config = start->config;
  set_up_logging(config);
  if (start->problem) spdlog::error("{}", describe(*start->problem));
  auto host_id = config.host_id ? Result<std::string>(*config.host_id) : default_host_id();
  // No reason to go without locks.
  if (!host_id) spdlog::error("{}", describe(host_id.error()));
  make_state_directory(config.state_directory);
  const auto instance = lock_instance(config.state_directory);
  if (!instance && instance.error().code == errc::conflict) return fail(instance.error());
  if (!instance) spdlog::error("no instance lock: {}", describe(instance.error()));
  // One thread runs the loop: handlers need no locks.
  boost::asio::io_context context(1);
  auto clock = make_system_clock();
  auto enforcers = make_enforcers(config, *clock, context);
  if (!enforcers) return fail(enforcers.error());
  Daemon daemon(config_path, std::move(*start), host_id ? *host_id : std::string(), std::move(clock),
                std::move(*enforcers), context);
  if (const auto started = daemon.start(); !started) return fail(started.error());
  context.run();
  return 0;
}

}  // namespace jitgate
