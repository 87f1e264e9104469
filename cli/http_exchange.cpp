#include "cli/http_exchange.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace jitgate::cli {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using Protocol = net::local::stream_protocol;

/// A full audit trail; anything larger is not our daemon.
constexpr std::uint64_t kMaxReply = 256ull * 1024 * 1024;

/// Beast's time limits hold for asynchronous operations only, so each one is started and the loop run until it has
/// ended.
class Exchange {
 public:
  explicit Exchange(std::chrono::milliseconds limit) : stream_(context_), limit_(limit) {
    parser_.body_limit(kMaxReply);
  }

  boost::system::error_code connect(const Protocol::endpoint& endpoint) {
    return finish([&](auto done) { stream_.async_connect(endpoint, done); });
  }
  /// A daemon that refuses a request early stops reading it and replies: then the reply matters, not that sending
  /// failed.
  void send(const HttpRequest& request) {
    finish([&](auto done) { http::async_write(stream_, request, [done](auto code, std::size_t) { done(code); }); });
  }
  boost::system::error_code receive() {
    return finish([&](auto done) {
      http::async_read(stream_, buffer_, parser_, [done](auto code, std::size_t) { done(code); });
    });
  }
  HttpResponse take() { return parser_.release(); }

 private:
  template <class Start>
  boost::system::error_code finish(Start start) {
    boost::system::error_code result;
    stream_.expires_after(limit_);
    start([&result](boost::system::error_code code) { result = code; });
    context_.restart();
    context_.run();
    return result;
  }

  net::io_context context_;
  boost::beast::basic_stream<Protocol> stream_;
  boost::beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  std::chrono::milliseconds limit_;
};

}  // namespace

boost::system::result<HttpResponse, std::string> exchange(const std::string& path, HttpRequest request,
                                                          std::chrono::milliseconds limit) {
  try {
    Exchange work(limit);
    if (const auto code = work.connect(Protocol::endpoint(path)); code) return code.message();
    request.prepare_payload();
    work.send(request);
    if (const auto code = work.receive(); code) return code.message();
    return work.take();
  } catch (const std::exception& caught) {
    return std::string(caught.what());
  }
}

}  // namespace jitgate::cli
