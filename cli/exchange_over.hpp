#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "cli/http_exchange.hpp"

namespace jitgate::cli {

/// A full audit trail; anything larger is not our daemon.
inline constexpr std::uint64_t kMaxReply = 256ull * 1024 * 1024;

/// One exchange over `Transport`, which has stream(), connect(address, limit, done) and expires_after(limit). Time
/// limits hold for asynchronous operations only, so each one is started and the loop run until it has ended.
template <class Transport>
class ExchangeOver {
 public:
  explicit ExchangeOver(std::chrono::milliseconds limit) : transport_(context_), limit_(limit) {
    parser_.body_limit(kMaxReply);
  }

  boost::system::result<HttpResponse, std::string> perform(const std::string& address, HttpRequest request) {
    if (const auto code = finish([&](auto done) { transport_.connect(address, limit_, done); }); code)
      return code.message();
    request.prepare_payload();
    // A daemon that refuses a request early stops reading it and replies: then the reply matters, not that sending
    // failed.
    finish([&](auto done) {
      http::async_write(transport_.stream(), request, [done](auto code, std::size_t) { done(code); });
    });
    const auto received = finish([&](auto done) {
      http::async_read(transport_.stream(), buffer_, parser_, [done](auto code, std::size_t) { done(code); });
    });
    if (received) return received.message();
    return parser_.release();
  }

 private:
  template <class Start>
  boost::system::error_code finish(Start start) {
    boost::system::error_code result;
    transport_.expires_after(limit_);
    start([&](boost::system::error_code code) {
      result = code;
      context_.stop();
    });
    context_.restart();
    context_.run();
    return result;
  }

  boost::asio::io_context context_;
  Transport transport_;
  boost::beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  std::chrono::milliseconds limit_;
};

}  // namespace jitgate::cli
