#pragma once

#include <string>

#include "agent/http_client/http_get.hpp"
#include "agent/http_client/proxy.hpp"
#include "agent/http_client/server_url.hpp"

namespace jitgate {

/// The bytes of a GET. Fails where a field holds what could make it two.
[[nodiscard]] Result<std::string> write_get(const HttpGet& what, const ServerUrl& server);

/// The bytes that ask a proxy for a connection to `server`.
[[nodiscard]] std::string write_connect(const ServerUrl& server, const Proxy& proxy);

}  // namespace jitgate
