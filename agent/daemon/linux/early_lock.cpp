// The locks before, and without, the daemon: what the unit of the early boot runs.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>

#include "agent/config/wanted_lock.hpp"
#include "agent/control/activation.hpp"
#include "agent/control/enforcement.hpp"
#include "agent/daemon/host.hpp"
#include "agent/daemon/kept_ports.hpp"
#include "agent/daemon/linux/table_owner.hpp"
#include "agent/daemon/options.hpp"
#include "agent/daemon/start_config.hpp"
#include "platform/instance_lock.hpp"
#include "platform/linux/connection_tracker_linux.hpp"
#include "platform/linux/nft_backend.hpp"
#include "platform/linux/table_lock.hpp"
#include "platform/system_clock.hpp"

namespace jitgate {
namespace {

void complain(const Error& why) {
  std::fprintf(stderr, "jitgated: %s\n", describe(why).c_str());
}

int fail(const Error& why) {
  complain(why);
  return 1;
}

int leave(const char* why) {
  std::printf("jitgated: nothing to do: %s\n", why);
  return 0;
}

/// What a daemon of this boot left behind admits nothing beyond its time, and may admit what was granted. What a
/// ruleset that was saved with our table brought back is not to be believed.
bool left_by_a_daemon(const ObservedTable& table, const Config& config) {
  std::error_code failed;
  return table.present && std::ranges::includes(table.locked, config.policy.locked_ports()) &&
         std::filesystem::exists(config.socket, failed);
}

/// As the daemon raises it at its start, with no grants. They stay closed until the daemon has restored them.
Result<void> raise(NftBackend& backend, const Config& config, const Clock& clock, boost::asio::io_context& context) {
  const auto tracker = make_linux_connection_tracker(context);
  if (!tracker) complain(tracker.error());  // no reason to go without locks
  const ActiveGrants none;
  ConnectionKeeper keeper(tracker ? tracker->get() : nullptr, none, clock);
  keeper.use(config.policy);
  Enforcement enforcement(context.get_executor(), backend, keeper, none, clock,
                          {.may_mend = [] { return true; }, .on_retry = [] {}});
  if (const auto kept = enforcement.raise(wanted_lock(config), true); !kept) complain(kept.error());
  const auto& refused = enforcement.reconciler().last_error();
  if (enforcement.reconciler().in_sync()) return {};
  return refused ? *refused : error(errc::firewall_failed, "the kernel has not confirmed the lock", "raise the lock");
}

int lock_ports(const Config& config, const Clock& clock) {
  boost::asio::io_context context(1);
  const auto sole = lock_table(context);
  if (!sole && sole.error().code == errc::conflict) return leave(sole.error().message.c_str());
  if (!sole) complain(sole.error());
  // This owner's end leaves a table that persists without one, which is what the daemon can adopt as it stands.
  const NftBackendOptions options{.clock = clock,
                                  .own_table = wanted_table_owner(config.own_table).own,
                                  .marks = *nft::MarkBits::of(config.mark_mask)};
  const auto backend = make_nft_backend(options, context);
  if (!backend) return fail(backend.error());
  const auto before = (*backend)->read();
  if (before && left_by_a_daemon(*before, config)) return leave("the locks stand");
  if (const auto raised = raise(**backend, config, clock, context); !raised) return fail(raised.error());
  std::printf("jitgated: the locks are in place; policy ports: %zu\n", config.policy.ports.size());
  return 0;
}

/// Neither disabled nor released, as far as can be read: by the copy, too, where the state is not there yet.
bool wanted(const Config& config, const std::string& boot, const Clock& clock) {
  if (!Activation(config.state_directory, runtime_directory(), clock).wanted()) return false;
  return state_is_there(config) || Activation(boot, runtime_directory(), clock).wanted();
}

}  // namespace

int lock_early(const std::string& path) {
  auto start = load_start_config(path);
  if (!start) return fail(start.error());
  if (start->problem) complain(*start->problem);
  Config& config = start->config;
  if (config.backend == BackendKind::none) return leave("enforcement.backend is none");
  const std::string boot = boot_directory(path);
  const auto known = add_kept_ports(config, boot);
  if (!known) complain(known.error());
  if (config.policy.ports.empty()) return known ? leave("the policy locks no ports") : 1;
  // Held to the end, so that no daemon starts meanwhile. It cannot be had where the directory is not there yet.
  const auto instance = lock_instance(config.state_directory);
  if (!instance && instance.error().code == errc::conflict) return leave(instance.error().message.c_str());
  const auto clock = make_system_clock();
  if (!wanted(config, boot, *clock)) return leave("the locks are disabled or released");
  const int locked = lock_ports(config, *clock);
  return known ? locked : 1;  // there may be more to lock than is known
}

}  // namespace jitgate
