#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

#include "agent/api/head_scan.hpp"
#include "agent/api/http_message.hpp"

namespace jitgate {

/// Turns received bytes into one request. Sans-I/O: the connection reads, this decides; the fuzzer drives the same
/// code. After a failure or a complete request a new reader is made; bytes of a pipelined request stay in the buffer.
class RequestReader {
 public:
  enum class Progress { need_more, complete };

  explicit RequestReader(const HttpLimits& limits);

  /// Consumes from `buffer` what belongs to the request. Call again with more bytes after need_more.
  [[nodiscard]] HttpResult<Progress> advance(boost::beast::flat_buffer& buffer);

  /// The request, once; only after `complete`.
  [[nodiscard]] HttpRequest take();

 private:
  HttpResult<Progress> read_head(boost::beast::flat_buffer& buffer);
  HttpResult<Progress> read_body(boost::beast::flat_buffer& buffer);
  HttpResult<std::size_t> parse(boost::beast::flat_buffer& buffer);

  HttpLimits limits_;
  HeadScan scan_;
  http::request_parser<http::string_body> parser_;
  std::size_t consumed_ = 0;
  bool head_done_ = false;
};

}  // namespace jitgate
