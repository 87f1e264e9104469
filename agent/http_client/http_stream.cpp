#include "agent/http_client/http_stream.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr int kMostAhead = 8;  ///< answers ahead of the answer

}  // namespace

HttpStream::HttpStream(std::shared_ptr<ServerConnection> connection, const HttpGetLimits& limits,
                       ResponseReader::Kind kind)
    : connection_(std::move(connection)), limits_(limits), kind_(kind) {}

net::awaitable<Result<void>> HttpStream::read_head(ServerConnection::Deadline deadline) {
  for (int ahead = 0; ahead < kMostAhead; ++ahead) {
    reader_ = std::make_unique<ResponseReader>(limits_, kind_);
    if (const Result<void> parsed = reader_->advance(buffer_); !parsed) co_return parsed.error();
    while (!reader_->has_head()) {
      const Result<void> more = co_await read_more(deadline);
      if (!more) co_return more.error();
    }
    head_ = reader_->head();
    if (head_.status >= 200) co_return Result<void>();
    if (head_.status == 101) break;
  }
  co_return error(errc::unavailable, "the server answered " + status_text(head_.status));
}

net::awaitable<Result<std::string>> HttpStream::read(ServerConnection::Deadline deadline) {
  for (;;) {
    std::string bytes = reader_->take_body();
    if (!bytes.empty() || reader_->is_done()) co_return std::move(bytes);
    const Result<void> more = co_await read_more(deadline);
    if (!more) co_return more.error();
  }
}

net::awaitable<Result<void>> HttpStream::read_more(ServerConnection::Deadline deadline) {
  const net::mutable_buffer space = buffer_.prepare(kReadAtOnce);
  const Result<std::size_t> size = co_await connection_->read_some(space, deadline);
  if (!size) co_return size.error();
  if (*size == 0) co_return reader_->finish();
  buffer_.commit(*size);
  co_return reader_->advance(buffer_);
}

}  // namespace jitgate
