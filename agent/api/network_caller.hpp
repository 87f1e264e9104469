#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

#include "agent/api/client_stream.hpp"
#include "agent/api/token_file.hpp"

namespace jitgate {

/// The address that a request without a source means; nullopt for a peer on this host itself, which may be a proxy.
[[nodiscard]] std::optional<AddressPrefix> peer_source(const boost::asio::ip::address& peer);

/// "198.51.100.20", IPv4 also where it came in mapped.
[[nodiscard]] std::string peer_text(const boost::asio::ip::address& peer);

/// What a request over TLS shows for itself: its bearer token, or else the certificate of the connection. The failure
/// is a 401 and does not say why; `why` does, for the audit.
struct NetworkCaller {
  HttpResult<Caller> caller;
  std::optional<Error> why;
};
[[nodiscard]] NetworkCaller identify_request(const HttpRequest& request, const std::optional<std::string>& certificate,
                                             const boost::asio::ip::address& peer, TokenFile& tokens);

}  // namespace jitgate
