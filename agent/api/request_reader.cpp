#include "agent/api/request_reader.hpp"

#include <boost/beast/http/error.hpp>
#include <limits>
#include <string>

#include "agent/api/error_reply.hpp"
#include "agent/api/request_guard.hpp"

namespace jitgate {
namespace {

/// What is left of a chunked body that has not ended: "0" CRLF CRLF at least. Beast 1.81 asserts as much
/// (basic_parser::parse_chunk_header) where the last chunk arrives in smaller pieces.
constexpr std::size_t kLeastOfChunked = 5;

HttpFailure head_too_large(const HttpLimits& limits) {
  return http_failure(http::status::request_header_fields_too_large, "HeaderTooLarge",
                      "the request line and fields may have " + std::to_string(limits.head) + " bytes");
}

HttpFailure body_too_large(const HttpLimits& limits) {
  return http_failure(http::status::payload_too_large, "PayloadTooLarge",
                      "the body may have " + std::to_string(limits.body) + " bytes");
}

HttpFailure malformed(const std::string& why) {
  return http_failure(http::status::bad_request, "InvalidArgument", "malformed HTTP: " + why);
}

HttpFailure from_parser(const boost::system::error_code& code, const HttpLimits& limits) {
  if (code == http::error::header_limit) return head_too_large(limits);
  if (code == http::error::body_limit) return body_too_large(limits);
  return malformed(code.message());
}

}  // namespace

RequestReader::RequestReader(const HttpLimits& limits) : limits_(limits) {
  parser_.header_limit(static_cast<std::uint32_t>(limits.head));
  parser_.body_limit(limits.body);
}

HttpResult<RequestReader::Progress> RequestReader::advance(boost::beast::flat_buffer& buffer) {
  if (!head_done_) {
    const HttpResult<Progress> head = read_head(buffer);
    if (head.has_error() || *head == Progress::need_more || parser_.is_done()) return head;
  }
  return read_body(buffer);
}

HttpRequest RequestReader::take() {
  return parser_.release();
}

HttpResult<RequestReader::Progress> RequestReader::read_head(boost::beast::flat_buffer& buffer) {
  const auto bytes = buffer.cdata();
  const std::string_view received(static_cast<const char*>(bytes.data()), bytes.size());
  switch (scan_.scan(received.substr(0, limits_.head))) {
    case HeadScan::Verdict::malformed:
      return malformed(std::string(scan_.reason()));
    case HeadScan::Verdict::incomplete:
      if (received.size() >= limits_.head) return head_too_large(limits_);
      return Progress::need_more;
    case HeadScan::Verdict::complete:
      break;
  }
  const HttpResult<std::size_t> parsed = parse(buffer);
  if (parsed.has_error()) return parsed.error();
  if (!parser_.is_header_done()) return malformed("the head ends too early");
  head_done_ = true;
  if (std::optional<HttpFailure> failure = check_head(parser_.get(), limits_)) return std::move(*failure);
  return Progress::complete;
}

HttpResult<RequestReader::Progress> RequestReader::read_body(boost::beast::flat_buffer& buffer) {
  while (!parser_.is_done() && buffer.size() > 0) {
    if (parser_.chunked() && buffer.size() < kLeastOfChunked) return Progress::need_more;
    const HttpResult<std::size_t> parsed = parse(buffer);
    if (parsed.has_error()) return parsed.error();
    if (consumed_ > limits_.message) return body_too_large(limits_);
    if (*parsed > 0) continue;
    if (parser_.is_done()) break;
    // The line of a chunk's size must fit into the space of a head; it never ends for a client that means harm.
    if (buffer.size() >= limits_.head) return malformed("a chunk header that is too long");
    return Progress::need_more;
  }
  return parser_.is_done() ? Progress::complete : Progress::need_more;
}

HttpResult<std::size_t> RequestReader::parse(boost::beast::flat_buffer& buffer) {
  boost::system::error_code code;
  const std::size_t used = parser_.put(buffer.cdata(), code);
  if (code && code != http::error::need_more) return from_parser(code, limits_);
  buffer.consume(used);
  consumed_ += used;
  return used;
}

}  // namespace jitgate
