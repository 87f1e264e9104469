#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

namespace http = boost::beast::http;

using HttpRequest = http::request<http::string_body>;

/// Bytes that one request may have.
struct HttpLimits {
  std::size_t head = 8 * 1024;        ///< request line and fields: beyond it 431
  std::size_t body = 256 * 1024;      ///< beyond it 413
  std::size_t message = 1024 * 1024;  ///< all of it with its chunk framing: beyond it 413
};

/// What is answered; the connection adds the rest.
struct HttpReply {
  http::status status = http::status::ok;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;                   ///< the Allow field of a 405, or empty
  bool close = false;                  ///< the connection ends after it
  std::chrono::seconds retry_after{};  ///< the Retry-After field of a 429; zero: none
  std::string authenticate{};          ///< the WWW-Authenticate field of a 401, or empty
  std::string link{};                  ///< the Link field (RFC 8288), or empty
};

/// A request that no handler sees. `code` is what stands in the error body where it is not the errc's own name.
struct HttpFailure {
  http::status status = http::status::bad_request;
  std::string code;
  Error error;
  std::string allow;
};

template <class T>
using HttpResult = boost::system::result<T, HttpFailure>;

}  // namespace jitgate
