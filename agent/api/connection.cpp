#include "agent/api/connection.hpp"

#include "agent/api/error_reply.hpp"
#include "agent/api/request_reader.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr std::size_t kReadSize = 4096;
/// What is still taken from a client whose request was refused, so that it gets to read why instead of a reset.
constexpr std::size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::seconds kLingerTime(2);

http::response<http::string_body> make_response(HttpReply reply, unsigned version, bool head_only) {
  http::response<http::string_body> response(reply.status, version);
  response.set(http::field::content_type, reply.content_type);
  response.set(http::field::cache_control, "no-store");
  if (!reply.allow.empty()) response.set(http::field::allow, reply.allow);
  if (reply.retry_after.count() > 0) response.set(http::field::retry_after, std::to_string(reply.retry_after.count()));
  if (!reply.link.empty()) response.set(http::field::link, reply.link);
  if (!reply.authenticate.empty()) response.set(http::field::www_authenticate, reply.authenticate);
  response.keep_alive(!reply.close);
  if (!head_only) response.body() = std::move(reply.body);
  response.prepare_payload();
  return response;
}

}  // namespace

Connection::Connection(std::unique_ptr<ClientStream> stream, Respond respond, ConnectionLimits::Slot slot,
                       const ApiLimits& limits)
    : stream_(std::move(stream)),
      buffer_(limits.http.head + kReadSize),
      respond_(std::move(respond)),
      slot_(std::move(slot)),
      limits_(limits) {}

void Connection::close() {
  stream_->close();
}

net::awaitable<void> Connection::run() {
  stream_->expires_after(limits_.request);
  const bool opened = co_await stream_->open();
  if (!opened) co_return;
  for (bool more = true; more;) {
    std::optional<HttpResult<HttpRequest>> request = co_await read_request();
    if (!request) co_return;
    if (request->has_error()) {
      HttpReply refusal = error_reply(request->error());
      if (co_await write_reply(std::move(refusal), 11, false)) co_await linger();
      co_return;
    }
    more = co_await serve(std::move(**request));
  }
}

net::awaitable<bool> Connection::serve(HttpRequest request) {
  HttpReply reply = co_await respond_(request);
  const bool close = reply.close || !request.keep_alive();
  reply.close = close;
  const bool head_only = request.method() == http::verb::head;
  const bool written = co_await write_reply(std::move(reply), request.version(), head_only);
  if (!close) co_return written;
  stream_->expires_after(kLingerTime);
  if (written) co_await stream_->finish();
  co_return false;
}

net::awaitable<std::optional<HttpResult<HttpRequest>>> Connection::read_request() {
  RequestReader reader(limits_.http);
  bool begun = buffer_.size() > 0;
  stream_->expires_after(begun ? limits_.request : limits_.idle);
  while (true) {
    if (begun) {
      const HttpResult<RequestReader::Progress> progress = reader.advance(buffer_);
      if (progress.has_error()) co_return HttpResult<HttpRequest>(progress.error());
      if (*progress == RequestReader::Progress::complete) co_return HttpResult<HttpRequest>(reader.take());
    }
    const bool received = co_await read_some();
    if (!received) co_return std::nullopt;
    if (!begun) stream_->expires_after(limits_.request);
    begun = true;
  }
}

net::awaitable<bool> Connection::read_some() {
  const auto space = buffer_.prepare(kReadSize);
  const std::optional<std::size_t> size = co_await stream_->read_some(space);
  buffer_.commit(size.value_or(0));
  co_return size.has_value();
}

net::awaitable<bool> Connection::write_reply(HttpReply reply, unsigned version, bool head_only) {
  http::response<http::string_body> response = make_response(std::move(reply), version, head_only);
  stream_->expires_after(limits_.reply);
  const bool written = co_await stream_->write(response);
  co_return written;
}

net::awaitable<void> Connection::linger() {
  stream_->expires_after(kLingerTime);
  co_await stream_->finish();
  buffer_.clear();
  for (std::size_t taken = 0; taken < kLingerBytes;) {
    const bool received = co_await read_some();
    if (!received) co_return;
    taken += buffer_.size();
    buffer_.clear();
  }
}

}  // namespace jitgate
