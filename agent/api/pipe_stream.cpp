#include "agent/api/pipe_stream.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/write.hpp>

namespace jitgate {

namespace net = boost::asio;

void PipeEnd::expires_after(std::chrono::milliseconds time) {
  deadline_.expires_after(time);
  deadline_.async_wait([end = weak_from_this()](boost::system::error_code cancelled) {
    const auto alive = end.lock();
    if (alive && !cancelled) alive->close();
  });
}

/// What the client has not read yet stays for it (learn.microsoft.com, DisconnectNamedPipe, which would discard it).
void PipeEnd::close() {
  deadline_.cancel();
  boost::system::error_code ignored;
  pipe_.cancel(ignored);
  pipe_.close(ignored);
}

net::awaitable<std::optional<std::size_t>> PipeStream::read_some(net::mutable_buffer space) {
  if (!first_.empty()) {
    const std::size_t size = net::buffer_copy(space, net::buffer(first_));
    first_.erase(0, size);
    co_return size;
  }
  const auto end = end_;
  const auto [code, size] = co_await end->pipe().async_read_some(space, net::as_tuple(net::use_awaitable));
  if (code) co_return std::nullopt;
  co_return size;
}

net::awaitable<bool> PipeStream::write(http::response<http::string_body>& response) {
  const auto end = end_;
  const auto [code, size] = co_await http::async_write(end->pipe(), response, net::as_tuple(net::use_awaitable));
  co_return !code;
}

}  // namespace jitgate
