#pragma once

#include "agent/model/port.hpp"
#include "platform/linux/conntrack_table.hpp"

namespace jitgate {

/// An entry of our own, between addresses that nobody has (192.0.2.0/24, RFC 5737), whose end tells of a `conntrack
/// -F`. Without it a flush could go by unnoticed: the kernel reports the end only of entries that were made while
/// somebody listened (net.netfilter.nf_conntrack_events = 2), and those of live connections may be older than this
/// process.

/// The port that the sentinel goes to; to be watched with the others.
[[nodiscard]] TransportPort sentinel_port();

/// Makes sure that it is there. A failure costs only the notice above: every other loss is still reported.
void plant_sentinel(ConntrackTable& table);

void remove_sentinel(ConntrackTable& table);

}  // namespace jitgate
