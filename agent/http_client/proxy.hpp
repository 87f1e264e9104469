#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/http_client/server_url.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Which proxy to go by, as the environment says. Plain HTTP is spoken to nobody but this machine and a metadata
/// service, neither of which is beyond a proxy: there is nothing that HTTP_PROXY would be used for.
struct ProxySettings {
  std::string https;   ///< HTTPS_PROXY: "http://[USER:PASSWORD@]HOST[:PORT]"; empty: none
  std::string except;  ///< NO_PROXY: names (with all below them), addresses, prefixes, each with a port if need be; "*"
};

/// The variables in lower case win, as they do with curl.
[[nodiscard]] ProxySettings proxies_of_environment();

/// A server that connects us to others (CONNECT, RFC 9110 9.3.6).
struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::optional<std::string> authorization;  ///< the value of Proxy-Authorization; secret
};

/// nullopt: go there directly, as always to this machine. Fails where HTTPS_PROXY cannot be understood; its text, which
/// may hold a password, is not in the message.
[[nodiscard]] Result<std::optional<Proxy>> proxy_for(const ServerUrl& server, const ProxySettings& settings);

}  // namespace jitgate
