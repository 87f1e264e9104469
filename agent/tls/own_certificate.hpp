#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// Shows this certificate (a PEM file, with what leads to its authority behind it) and proves it by this key. Fails
/// with the file as the target; refused: a key that others than its owner may read, and one that needs a passphrase.
[[nodiscard]] Result<void> use_own_certificate(boost::asio::ssl::context& context, const std::string& certificate,
                                               const std::string& key);

/// Believes what this PEM file of authorities has signed.
[[nodiscard]] Result<void> use_authorities(boost::asio::ssl::context& context, const std::string& file);

}  // namespace jitgate
