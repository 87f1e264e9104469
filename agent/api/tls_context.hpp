#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "agent/config/config.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// TLS 1.2 and later with this certificate. With a client CA, a client may show a certificate of it; one that shows
/// another does not get through the handshake. Refused: a key that others than its owner may read.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files);

}  // namespace jitgate
