#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "agent/model/port.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Tells when entries of the connection tracking table end (NFNLGRP_CONNTRACK_DESTROY). The socket listens from open()
/// on, also before watch(): by default the kernel reports the end only of entries that were made while somebody was
/// listening (net.netfilter.nf_conntrack_events = 2, from 5.18 on). Between events nothing runs, neither timer nor
/// poll.
class ConntrackEvents {
 public:
  virtual ~ConntrackEvents() = default;

  /// `on_lost` comes from the io_context, once for a burst: kBurst after its first event, but not more often than once
  /// in kInterval; also when events were lost (ENOBUFS). Events that the netlink socket `own_port_id` caused do not
  /// count. Replaces what was watched before.
  virtual void watch(std::vector<TransportPort> ports, std::uint32_t own_port_id, std::function<void()> on_lost) = 0;
};

/// Opened in the calling thread's network namespace. Needs CAP_NET_ADMIN.
[[nodiscard]] Result<std::unique_ptr<ConntrackEvents>> open_conntrack_events(boost::asio::io_context& context);

/// What one datagram of the event socket says: true when it reports the end of a flow that concerns one of these ports
/// and that `own_port_id` did not cause. A datagram that cannot be read counts as one that does: looking once too often
/// is harmless.
[[nodiscard]] bool reports_loss(const void* datagram, std::size_t size, const std::vector<TransportPort>& ports,
                                std::uint32_t own_port_id);

}  // namespace jitgate
