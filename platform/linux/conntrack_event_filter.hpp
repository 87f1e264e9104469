#pragma once

#include <linux/filter.h>

#include <vector>

#include "agent/model/port.hpp"

namespace jitgate {

/// A classic BPF program for a socket that gets connection tracking events: it accepts an event when one direction of
/// the flow goes to one of these ports, so that a busy host does not wake the daemon for any other. Empty when the
/// ports are too many for one program; then the reader has to choose.
[[nodiscard]] std::vector<sock_filter> event_filter(const std::vector<TransportPort>& ports);

}  // namespace jitgate
