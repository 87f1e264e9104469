#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "agent/api/api_server.hpp"
#include "agent/config/config.hpp"

namespace jitgate {

/// The API over TLS, beside the one on the Unix socket and with the same limits; a peer's address stands for the user,
/// an IPv6 one with all of its /64.
/// Binds and listens before it returns; the address need not be there yet. Fails with errc::system_failed where the
/// certificate or key cannot be used, or the address cannot be bound. `agent` outlives the last run of `context`.
[[nodiscard]] Result<std::unique_ptr<ApiServer>> make_tls_server(boost::asio::io_context& context, Agent& agent,
                                                                 const HttpsConfig& config, ApiLimits limits = {});

}  // namespace jitgate
