#pragma once

#include <boost/asio/ssl/context.hpp>

#include "agent/model/result.hpp"

namespace jitgate {

/// Believes the certificate authorities that this system believes: OpenSSL's directory and file (SSL_CERT_DIR,
/// SSL_CERT_FILE) on Linux; on Windows the machine's store ROOT, without those that are disallowed or not for servers.
[[nodiscard]] Result<void> use_system_authorities(boost::asio::ssl::context& context);

}  // namespace jitgate
