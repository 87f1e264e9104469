#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "agent/config/config.hpp"
#include "agent/model/clock.hpp"
#include "platform/connection_tracker.hpp"
#include "platform/firewall_backend.hpp"
#include "platform/instance_lock.hpp"
#include "platform/journal.hpp"

/// What the daemon and its other actions take from the operating system: concrete types are named by the files of one
/// folder (agent/daemon/linux, agent/daemon/windows), and nowhere else.
namespace jitgate {

/// The firewall and what follows connections through it; no tracker for a dry run.
struct Enforcers {
  std::unique_ptr<FirewallBackend> backend;
  std::unique_ptr<ConnectionTracker> tracker;
  std::unique_ptr<InstanceLock> sole = {};  ///< no other process keeps the same rules meanwhile; nullptr: not known
};

/// As the configuration has them. `clock` and `context` outlive them. The error is why there can be no locks;
/// errc::conflict: another process keeps them.
[[nodiscard]] Result<Enforcers> make_enforcers(const Config& config, const Clock& clock,
                                               boost::asio::io_context& context);

/// The same firewall to be read, by whoever is not the daemon; nullptr: without a configuration. `clock` and `context`
/// outlive it.
[[nodiscard]] Result<std::unique_ptr<FirewallBackend>> make_firewall_reader(const Config* config, const Clock& clock,
                                                                            boost::asio::io_context& context);

/// Whether a lock of this configuration could be raised on this host at all. errc::not_permitted: it cannot be tried.
[[nodiscard]] Result<void> can_enforce(const Config& config, const Clock& clock);

/// The clocks of the operating system. Throws std::runtime_error where no boot time could be trusted.
[[nodiscard]] std::unique_ptr<Clock> make_host_clock();

/// The system's own log, for audit records.
[[nodiscard]] std::unique_ptr<Journal> make_host_journal();

/// Whether this user may take the locks away; errc::not_permitted.
[[nodiscard]] Result<void> may_release();

/// Takes away everything of ours from the firewall, in one transaction, without daemon, store or configuration; nothing
/// of ours is success. A daemon that runs will notice, and put it back unless it was told otherwise.
[[nodiscard]] Result<void> release_locks();

/// Whether somebody answers at the address of the local API.
[[nodiscard]] bool is_listening(const std::string& address);

/// Where what is forgotten at the next boot is kept.
[[nodiscard]] std::string runtime_directory();

}  // namespace jitgate
