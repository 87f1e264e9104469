#include "agent/daemon/host.hpp"
#include "platform/dry_run_backend.hpp"
#include "platform/windows/connection_tracker_windows.hpp"
#include "platform/windows/wfp_backend.hpp"

namespace jitgate {

Result<Enforcers> make_enforcers(const Config& config, const Clock& clock, boost::asio::io_context& context) {
  if (config.backend == BackendKind::none) return Enforcers{make_dry_run_backend(clock), nullptr};
  auto backend = make_wfp_backend({.clock = clock, .hard_grants = config.hard_grants}, context);
  if (!backend) return backend.error();
  auto tracker = make_windows_connection_tracker(**backend);
  return Enforcers{std::move(*backend), std::move(tracker)};
}

Result<std::unique_ptr<FirewallBackend>> make_firewall_reader(const Config* config, const Clock& clock,
                                                              boost::asio::io_context& context) {
  const bool hard = config != nullptr && config->hard_grants;
  auto backend = make_wfp_backend({.clock = clock, .hard_grants = hard}, context);
  if (!backend) return backend.error();
  return std::unique_ptr<FirewallBackend>(std::move(*backend));
}

/// Windows has no namespace to try it in: where the engine can be opened, it takes filters.
Result<void> can_enforce(const Config&, const Clock&) {
  return error(errc::not_permitted, "cannot be tried on Windows");
}

}  // namespace jitgate
