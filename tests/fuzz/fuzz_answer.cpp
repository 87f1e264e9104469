// The bytes of a server's answer, whole, as a stream, and to CONNECT. The first byte says in which pieces they arrive.

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/http_client/response_reader.hpp"
#include "agent/http_client/retry_after.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace jitgate;
using fuzz::check;
using Kind = ResponseReader::Kind;

constexpr HttpGetLimits limits() {
  HttpGetLimits made;
  made.head = 1024;
  made.body = 2048;
  return made;
}

struct Read {
  bool good = true;
  bool done = false;
  bool has_head = false;
  unsigned status = 0;
  std::string body;
};

Read read(std::string_view bytes, std::size_t step, Kind kind) {
  Read result;
  ResponseReader reader(limits(), kind);
  boost::beast::flat_buffer buffer;
  while (!bytes.empty() && result.good) {
    const std::string_view piece = bytes.substr(0, step);
    buffer.commit(boost::asio::buffer_copy(buffer.prepare(piece.size()), boost::asio::buffer(piece)));
    bytes.remove_prefix(piece.size());
    result.good = reader.advance(buffer).has_value();
    result.body += reader.take_body();
    if (!reader.is_done()) check(buffer.size() <= limits().head + step, "what waits to be understood is bounded");
  }
  if (result.good) result.good = reader.finish().has_value();
  result.done = reader.is_done();
  result.has_head = reader.has_head();
  if (!result.has_head) return result;
  const HttpHead head = reader.head();
  result.status = head.status;
  check(!status_text(head.status).empty(), "a status has a text");
  check(head.media_type().find_first_of("; \t") == std::string::npos, "a media type has no parameters");
  if (const auto retry = parse_retry_after(head.field("Retry-After"), WallTime{}))
    check(*retry >= Duration::zero() && *retry <= kLongestRetryAfter, "a pause is bounded");
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  const std::size_t step = data[0] % 64 + 1;
  for (const Kind kind : {Kind::message, Kind::stream, Kind::head_alone}) {
    const Read whole = read(bytes, bytes.size() + 1, kind);
    const Read pieces = read(bytes, step, kind);
    if (kind == Kind::message) check(pieces.body.size() <= limits().body, "a body is bounded");
    if (kind == Kind::head_alone) check(pieces.body.empty(), "the answer to CONNECT has no body");
    if (whole.good) check(pieces.good && pieces.body == whole.body, "pieces make the same answer");
  }
  return 0;
}
