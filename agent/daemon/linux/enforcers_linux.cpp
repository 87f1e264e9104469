#include <spdlog/spdlog.h>

#include "agent/config/wanted_lock.hpp"
#include "agent/daemon/host.hpp"
#include "agent/daemon/linux/table_owner.hpp"
#include "platform/dry_run_backend.hpp"
#include "platform/linux/connection_tracker_linux.hpp"
#include "platform/linux/enforcement_probe.hpp"
#include "platform/linux/nft_backend.hpp"
#include "platform/linux/service_host_systemd.hpp"
#include "platform/linux/table_lock.hpp"
#include "platform/unavailable_tracker.hpp"

namespace jitgate {
namespace {

constexpr const char* kOwnerSocketName = "nftables-owner";

}  // namespace

Result<Enforcers> make_enforcers(const Config& config, const Clock& clock, boost::asio::io_context& context) {
  if (config.backend == BackendKind::none) return Enforcers{make_dry_run_backend(clock), nullptr};
  auto sole = lock_table(context);
  if (!sole && sole.error().code == errc::conflict) return sole.error();
  if (!sole) spdlog::error("another jitgated would not be noticed: {}", describe(sole.error()));
  const auto owner = wanted_table_owner(config.own_table);
  spdlog::info("table inet jitgate is {}: {}", owner.own ? "owned" : "not owned", owner.reason);
  const NftBackendOptions options{.clock = clock,
                                  .own_table = owner.own,
                                  .adopted_owner_socket = take_stored_descriptor(kOwnerSocketName),
                                  .marks = *nft::MarkBits::of(config.mark_mask)};
  auto backend = make_nft_backend(options, context);
  if (!backend) return backend.error();
  auto tracker = make_linux_connection_tracker(context);
  // No reason to go without locks.
  if (!tracker) tracker = std::unique_ptr<ConnectionTracker>(std::make_unique<UnavailableTracker>(tracker.error()));
  // Kept by systemd over a crash or restart, the owner's socket leaves no moment in which nobody owns the table.
  store_descriptor((*backend)->owner_socket(), kOwnerSocketName);
  return Enforcers{std::move(*backend), std::move(*tracker), sole ? std::move(*sole) : nullptr};
}

Result<std::unique_ptr<FirewallBackend>> make_firewall_reader(const Config* config, const Clock& clock,
                                                              boost::asio::io_context& context) {
  NftBackendOptions options{.clock = clock, .own_table = false};
  if (config != nullptr) options.marks = *nft::MarkBits::of(config->mark_mask);
  auto backend = make_nft_backend(options, context);
  if (!backend) return backend.error();
  return std::unique_ptr<FirewallBackend>(std::move(*backend));
}

Result<void> can_enforce(const Config& config, const Clock& clock) {
  if (config.backend == BackendKind::none) return {};
  return probe_enforcement(wanted_lock(config), *nft::MarkBits::of(config.mark_mask), clock);
}

}  // namespace jitgate
