#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "agent/model/result.hpp"
#include "platform/connection_tracker.hpp"

namespace jitgate {

/// sock_diag(7) and ctnetlink. The sockets are opened here, and belong to the calling thread's network namespace for
/// good. Needs CAP_NET_ADMIN. `context` runs the callback of watch() and must outlive the tracker. Make it before
/// tracking starts: the kernel reports the end of an entry only when somebody listened at its beginning
/// (conntrack_events.hpp).
[[nodiscard]] Result<std::unique_ptr<ConnectionTracker>> make_linux_connection_tracker(
    boost::asio::io_context& context);

}  // namespace jitgate
