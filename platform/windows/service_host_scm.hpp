#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "platform/service_host.hpp"
#include "platform/windows/service_process.hpp"

namespace jitgate {

/// The service manager's view of a daemon. `on_clock` comes on the event loop's thread when the manager says that the
/// clock was set or the machine resumed. `process` and `context` outlive it.
[[nodiscard]] std::unique_ptr<ServiceHost> make_scm_service_host(boost::asio::io_context& context,
                                                                 ServiceProcess& process,
                                                                 std::function<void()> on_clock);

/// A person runs us in a console: Ctrl-C, Ctrl-Break and the closing of the window stop. A configuration that has
/// changed is read at the next start.
[[nodiscard]] std::unique_ptr<ServiceHost> make_console_service_host(boost::asio::io_context& context);

}  // namespace jitgate
