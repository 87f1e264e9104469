#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "tests/host/local_stream.hpp"

namespace jitgate {

struct RawResponse {
  unsigned status = 0;
  std::string allow;
  std::string retry_after;
  std::string content_type;
  bool keep_alive = false;
  std::string body;
  std::string link{};

  boost::json::value json() const;
};

/// A client that sends exactly the bytes it is given. Blocks.
class RawClient {
 public:
  explicit RawClient(const std::string& address) : stream_(address) {}

  /// False when the server has closed.
  bool send(std::string_view bytes);
  /// nullopt when the connection ends before a whole response. `head`: the response is to a HEAD request.
  std::optional<RawResponse> receive(bool head = false);
  RawResponse exchange(std::string_view bytes);
  /// True when the server closes without another byte.
  bool ends();
  void close() { stream_.close(); }
  LocalStream& stream() { return stream_; }

 private:
  LocalStream stream_;
  boost::beast::flat_buffer buffer_;
};

std::string get(std::string_view target);
std::string post(std::string_view target, std::string_view body);

/// One request over a connection of its own.
RawResponse call(const std::string& address, std::string_view bytes);

}  // namespace jitgate
