#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/http_client/arrived_body.hpp"
#include "agent/http_client/http_get.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Turns received bytes into one answer. Sans-I/O. Refused beside malformed HTTP: an encoded body (gzip), for a few
/// bytes of it can become any number.
class ResponseReader {
 public:
  enum class Kind { message, stream, head_alone };  ///< head_alone: of CONNECT, what follows is not HTTP

  ResponseReader(const HttpGetLimits& limits, Kind kind);
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Consumes from `buffer` what belongs to the answer.
  [[nodiscard]] Result<void> advance(boost::beast::flat_buffer& buffer);
  /// The server has ended the connection: fails where the answer needed more.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] bool has_head() const { return parser_.is_header_done(); }
  [[nodiscard]] bool is_done() const { return parser_.is_done(); }
  /// Once has_head().
  [[nodiscard]] HttpHead head() const;
  /// What has arrived of the body since the last call.
  [[nodiscard]] std::string take_body();

 private:
  [[nodiscard]] bool between_chunks() const;
  [[nodiscard]] bool needs_more(const boost::beast::flat_buffer& buffer) const;
  [[nodiscard]] Result<std::size_t> parse(boost::beast::flat_buffer& buffer);
  [[nodiscard]] Error malformed(const boost::system::error_code& code) const;
  [[nodiscard]] Result<void> check_encoding() const;

  HttpGetLimits limits_;
  boost::beast::http::response_parser<ArrivedBody> parser_;
  std::function<void(std::uint64_t, boost::beast::string_view, boost::system::error_code&)> on_chunk_;
  /// Counted here, for Beast 1.81 counts the status line only where it arrives without the end of the head
  /// (basic_parser::maybe_need_more).
  std::size_t head_size_ = 0;
  bool head_checked_ = false;
};

}  // namespace jitgate
