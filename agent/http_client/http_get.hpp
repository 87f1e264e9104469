#pragma once

#include <boost/beast/http/fields.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/source_config.hpp"

namespace jitgate {

/// How much and how long an answer may be.
struct HttpGetLimits {
  std::size_t head = 16 * 1024;                                  ///< bytes of status line and fields
  std::size_t body = 4 * 1024 * 1024;                            ///< bytes; not of a stream
  std::chrono::milliseconds connect = std::chrono::seconds(10);  ///< name, connection, proxy and TLS
  std::chrono::milliseconds answer = std::chrono::seconds(10);   ///< from there to the end of the head
  std::chrono::milliseconds whole_body = std::chrono::seconds(60);
};

/// What to ask, whom, and how.
struct HttpGet {
  std::string url;  ///< https://; http:// to a loopback address, "localhost" or `plain_host`
  std::vector<std::pair<std::string, std::string>> fields{};  ///< beside Host, Accept-Encoding, User-Agent
  std::optional<std::string> bearer{};                        ///< a token; goes to the server alone, not to a proxy
  TlsClientConfig tls{};                                      ///< files are read again for each connection
  bool direct = false;                                        ///< by no proxy, whatever the environment says
  std::optional<std::string> plain_host{};  ///< a host in the local network that is spoken to without TLS
  HttpGetLimits limits{};
};

/// How an answer begins.
struct HttpHead {
  unsigned status = 0;
  boost::beast::http::fields fields{};

  /// The first of this name; empty where there is none.
  [[nodiscard]] std::string_view field(std::string_view name) const {
    const auto value = fields[boost::beast::string_view(name.data(), name.size())];
    return {value.data(), value.size()};
  }
  /// The media type without its parameters, in lower case: "application/json".
  [[nodiscard]] std::string media_type() const;
};

struct HttpAnswer {
  HttpHead head;
  std::string body;
};

/// "503 Service Unavailable".
[[nodiscard]] std::string status_text(unsigned status);

}  // namespace jitgate
