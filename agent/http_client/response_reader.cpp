#include "agent/http_client/response_reader.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <utility>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

namespace http = boost::beast::http;

/// What is left of a chunked body that has not ended: "0" CRLF CRLF at least. Beast 1.81 asserts as much
/// (basic_parser::parse_chunk_header) where the last chunk arrives in smaller pieces.
constexpr std::size_t kLeastBetweenChunks = 5;

Error unusable(std::string why) {
  return error(errc::unavailable, std::move(why));
}

/// The line of a chunk's size, and the trailer, must fit into the space of a head.
Error long_chunk_header() {
  return unusable("the answer is malformed HTTP: a chunk header that is too long");
}

}  // namespace

ResponseReader::ResponseReader(const HttpGetLimits& limits, Kind kind) : limits_(limits) {
  parser_.header_limit(static_cast<std::uint32_t>(limits.head));
  if (kind == Kind::message) {
    parser_.body_limit(limits.body);
  } else {
    parser_.body_limit(boost::none);
  }
  if (kind == Kind::head_alone) parser_.skip(true);
  on_chunk_ = [this](std::uint64_t size, boost::beast::string_view, boost::system::error_code&) {
    parser_.get().body().of_chunk = size;
  };
  parser_.on_chunk_header(on_chunk_);
}

Result<void> ResponseReader::advance(boost::beast::flat_buffer& buffer) {
  while (!parser_.is_done() && buffer.size() > 0 && !needs_more(buffer)) {
    const bool had_head = has_head();
    const Result<std::size_t> used = parse(buffer);
    if (!used) return used.error();
    if (has_head() && !head_checked_) {
      head_checked_ = true;
      if (const Result<void> checked = check_encoding(); !checked) return checked.error();
    }
    if (*used > 0 || had_head != has_head()) continue;
    if (buffer.size() >= limits_.head) return long_chunk_header();
    break;
  }
  return {};
}

bool ResponseReader::between_chunks() const {
  return has_head() && parser_.chunked() && parser_.get().body().of_chunk == 0;
}

bool ResponseReader::needs_more(const boost::beast::flat_buffer& buffer) const {
  return between_chunks() && buffer.size() < kLeastBetweenChunks;
}

Result<void> ResponseReader::finish() {
  if (parser_.is_done()) return {};
  if (!has_head()) return unusable("the server ended the connection without an answer");
  boost::system::error_code code;
  parser_.put_eof(code);
  if (code) return unusable("the answer is cut off");
  return {};
}

HttpHead ResponseReader::head() const {
  return {parser_.get().result_int(), parser_.get().base()};
}

std::string ResponseReader::take_body() {
  return std::exchange(parser_.get().body().bytes, {});
}

Result<std::size_t> ResponseReader::parse(boost::beast::flat_buffer& buffer) {
  const bool head = !has_head();
  const bool chunk_header = between_chunks();
  boost::system::error_code code;
  const std::size_t used = parser_.put(buffer.cdata(), code);
  if (code && code != http::error::need_more) return malformed(code);
  if (head) head_size_ += used;
  if (head_size_ > limits_.head) return malformed(http::error::header_limit);
  if (chunk_header && used > limits_.head) return long_chunk_header();
  buffer.consume(used);
  return used;
}

Error ResponseReader::malformed(const boost::system::error_code& code) const {
  if (code == http::error::header_limit)
    return unusable("the head of the answer is larger than " + std::to_string(limits_.head) + " bytes");
  if (code == http::error::body_limit)
    return unusable("the answer is larger than " + std::to_string(limits_.body) + " bytes");
  return unusable("the answer is malformed HTTP: " + code.message());
}

Result<void> ResponseReader::check_encoding() const {
  const auto& head = parser_.get();
  for (const auto& field : head) {
    const bool content = field.name() == http::field::content_encoding;
    const bool transfer = field.name() == http::field::transfer_encoding;
    if (!content && !transfer) continue;
    const auto value = field.value();
    if (boost::beast::iequals(value, content ? "identity" : "chunked")) continue;
    return unusable("the answer is encoded, which was not asked for: " +
                    in_quotes(std::string_view(value.data(), value.size())));
  }
  return {};
}

}  // namespace jitgate
