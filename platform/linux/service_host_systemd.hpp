#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "platform/service_host.hpp"

namespace jitgate {

/// A descriptor that systemd kept for us over a restart (sd_listen_fds(3), LISTEN_FDNAMES), by name; -1 when there is
/// none. Ownership goes to the caller. Reads the environment of the process, which is only meant for it (LISTEN_PID).
[[nodiscard]] int take_stored_descriptor(const std::string& name);

/// Hands a copy of the descriptor to systemd's file descriptor store (FDSTORE=1, sd_notify(3)). Does nothing without
/// systemd.
void store_descriptor(int descriptor, const std::string& name);

/// SIGTERM and SIGINT stop, SIGHUP reloads, from its making on. Notifies $NOTIFY_SOCKET, and keeps the watchdog content
/// where $WATCHDOG_USEC asks for it: from the event loop, so that a stalled loop is noticed. Without systemd it does
/// nothing.
[[nodiscard]] std::unique_ptr<ServiceHost> make_systemd_service_host(boost::asio::io_context& context);

}  // namespace jitgate
