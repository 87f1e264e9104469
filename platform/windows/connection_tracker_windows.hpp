#pragma once

#include <memory>

#include "platform/connection_tracker.hpp"
#include "platform/windows/wfp_backend.hpp"

namespace jitgate {

/// Connections of this host, by the IP Helper API
/// (https://learn.microsoft.com/en-us/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable). Windows keeps the
/// flows that are established itself, so seed() inserts nothing and nothing is ever lost; it lists no remote ends of
/// UDP.
///
/// terminate() resets TCP over IPv4 (SetTcpEntry). What Windows cannot reset, TCP over IPv6 and UDP, is stopped by
/// `backend`: its packets are denied, and the peers notice by their own time-outs. UDP is stopped for all of a source
/// that is asked about, and counts as one connection, whether or not there was one. `backend` must outlive the tracker.
[[nodiscard]] std::unique_ptr<ConnectionTracker> make_windows_connection_tracker(WfpBackend& backend);

}  // namespace jitgate
