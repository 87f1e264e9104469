// Bytes of a connection, through everything that judges them before the agent is asked: head scan, HTTP parser, guard,
// router, decoders.

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/api/error_reply.hpp"
#include "agent/api/request_reader.hpp"
#include "agent/api/router.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace jitgate;
using fuzz::check;

void check_failure(const HttpFailure& failure) {
  const auto status = static_cast<unsigned>(failure.status);
  check(status >= 400 && status < 600, "a failure has the status of one");
  check(!error_reply(failure).body.empty(), "a failure has a reason");
}

void check_request(const AccessRequest& request) {
  check(!request.ports.empty(), "a request names a port");
  for (const PortRequest& port : request.ports) check(!port.sources.empty(), "a port names a source");
}

void check_call(const ApiCall& call) {
  if (const auto* request = std::get_if<RequestAccess>(&call)) check_request(request->request);
  if (const auto* initiated = std::get_if<InitiateAzureRequest>(&call)) check_request(initiated->request);
  if (const auto* unlock = std::get_if<Unlock>(&call))
    check(!unlock->options.justification.empty(), "breaking the glass has a reason");
  if (const auto* revoke = std::get_if<RevokeGrant>(&call))
    check(!revoke->id.empty() && revoke->id.size() <= 128, "an id has its length");
}

void judge(const HttpRequest& request) {
  check(request.body().size() <= HttpLimits{}.body, "a body keeps the limit");
  const auto target = request.target();
  const HttpResult<RouteMatch> match = find_route(request.method(), std::string_view(target.data(), target.size()));
  if (match.has_error()) return check_failure(match.error());
  for (const std::string& segment : match->target.segments) {
    check(
        !segment.empty() && segment != ".." && segment.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos,
        "a segment is a name");
  }
  const Result<ApiCall> call = decode_call(*match, request.body());
  if (call) return check_call(*call);
  check(to_status(call.error().code) == http::status::bad_request, "malformed input is 400");
  check(!call.error().message.empty(), "a refusal has a reason");
}

/// As a connection does, in pieces of `step` bytes: one request after the other, until one fails.
void serve(std::string_view bytes, std::size_t step) {
  boost::beast::flat_buffer buffer;
  std::optional<RequestReader> reader(HttpLimits{});
  while (!bytes.empty() || buffer.size() > 0) {
    const std::string_view piece = bytes.substr(0, step);
    buffer.commit(boost::asio::buffer_copy(buffer.prepare(piece.size()), boost::asio::buffer(piece)));
    bytes.remove_prefix(piece.size());
    const auto progress = reader->advance(buffer);
    if (progress.has_error()) return check_failure(progress.error());
    if (*progress == RequestReader::Progress::complete) {
      judge(reader->take());
      reader.emplace(HttpLimits{});
    } else if (bytes.empty()) {
      return;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  serve(bytes, 4096);
  serve(bytes, data[0] % 64 + 1);
  return 0;
}
