#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/api/api_server.hpp"
#include "agent/config/config.hpp"

namespace jitgate {

/// What scrapers may cost: there are few of them, and they send a request line.
[[nodiscard]] ApiLimits metrics_limits();

/// GET /metrics over plain HTTP, for whoever can connect: none of the API's other calls is there, and nobody is asked
/// who they are. `render` makes the text, at most once a second however many ask; it outlives the last run of
/// `context`. Binds and listens before it returns; errc::system_failed where it cannot.
[[nodiscard]] Result<std::unique_ptr<ApiServer>> make_metrics_server(boost::asio::io_context& context,
                                                                     const ListenAddress& address,
                                                                     std::function<std::string()> render,
                                                                     ApiLimits limits = metrics_limits());

}  // namespace jitgate
