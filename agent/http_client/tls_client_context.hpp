#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "agent/config/source_config.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// TLS 1.2 and later; the server's certificate must lead to one of the authorities. Reads the files.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_client_context(const TlsClientConfig& config);

}  // namespace jitgate
