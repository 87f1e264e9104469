#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "agent/model/clock.hpp"
#include "platform/connection_tracker.hpp"
#include "platform/firewall_backend.hpp"

namespace jitgate {

struct WfpBackendOptions {
  /// Boot time, which deadlines are counted from. Asked from two threads; must outlive the backend.
  const Clock& clock;
  /// Permits win over the blocks of Windows Defender Firewall (FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT).
  bool hard_grants = false;
  /// After so long without a turn of the event loop every grant is closed; the locks stay.
  Duration stall_limit = std::chrono::seconds(10);
};

/// The Windows Filtering Platform: a persistent provider and sublayer of ours, the lock as persistent and boot-time
/// filters in it, grants as filters of a dynamic session. A transaction changes the lock and the grants in that order,
/// each at once: when the second fails, every grant is closed. The lock only blocks: `reject` is `drop`. UDP-Lite, SCTP
/// and DCCP, which Windows does not have, get no filters. In audit mode nothing is blocked, nor counted.
class WfpBackend : public FirewallBackend {
 public:
  /// Stops established flows that the grants do not admit (any more) from passing, TCP for a day and UDP for an hour:
  /// longer than a flow lasts that nothing answers. The process' end does not end that; its next one counts anew. A
  /// remote port of 0: any. New connections are not touched. After an error it is done with the next table or cut.
  [[nodiscard]] virtual Result<void> cut(const std::vector<Connection>& flows) = 0;
};

/// Needs an administrator, and the Base Filtering Engine: without it the error says so, and it may be tried again.
/// Nothing is changed before the first commit(), which must be ReplaceTable or RemoveTable. The event loop serves
/// watch() and tells the thread that closes grants that it is alive.
[[nodiscard]] Result<std::unique_ptr<WfpBackend>> make_wfp_backend(const WfpBackendOptions& options,
                                                                   boost::asio::io_context& io);

}  // namespace jitgate
