#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// Where a request goes.
struct ServerUrl {
  bool tls = true;
  std::string host;  ///< a name in lower case, or an address without brackets
  std::uint16_t port = 443;
  std::string authority;  ///< as the Host field has it: "hub.example:8443", "[::1]:8080"
  std::string target;     ///< path and query, as they were written
};

/// https:// or http://. Refused: user information, a fragment, a host that is neither a name nor an address.
[[nodiscard]] Result<ServerUrl> parse_server_url(std::string_view url);

/// An address of this machine, or "localhost" (which counts only as far as it leads to one).
[[nodiscard]] bool names_loopback(const std::string& host);

}  // namespace jitgate
