#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "agent/api/api_server.hpp"
#include "agent/control/local_agent.hpp"

namespace jitgate {

/// The local API where agent.config() has it. What keeps it from listening: on Linux an error, because only
/// administrators can be in its way; on Windows, where whoever has logged on can be first to make a pipe of its name, a
/// problem of `agent` ("api.socket"), and it tries again each second. `agent` outlives the last run of `context`.
[[nodiscard]] Result<std::unique_ptr<ApiServer>> serve_local_api(boost::asio::io_context& context, LocalAgent& agent);

}  // namespace jitgate
