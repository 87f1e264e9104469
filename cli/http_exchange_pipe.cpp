#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "cli/exchange_over.hpp"
#include "platform/windows/named_pipe.hpp"

namespace jitgate::cli {
namespace {

namespace net = boost::asio;

/// How often a pipe is tried whose every end is taken: the daemon makes another within moments.
constexpr std::chrono::milliseconds kBusyPause(10);

class PipeTransport {
 public:
  explicit PipeTransport(net::io_context& context) : pipe_(context), deadline_(context), pause_(context) {}

  PipeHandle& stream() { return pipe_; }

  void expires_after(std::chrono::milliseconds limit) {
    deadline_.expires_after(limit);
    deadline_.async_wait([this](boost::system::error_code cancelled) {
      if (cancelled) return;
      boost::system::error_code ignored;
      pipe_.cancel(ignored);
      pipe_.close(ignored);
    });
  }

  template <class Done>
  void connect(const std::string& name, std::chrono::milliseconds limit, Done done) {
    try_until(name, std::chrono::steady_clock::now() + limit, done);
  }

 private:
  template <class Done>
  void try_until(const std::string& name, std::chrono::steady_clock::time_point last, Done done) {
    auto opened = open_pipe(pipe_.get_executor(), name);
    if (opened) {
      pipe_ = std::move(*opened);
      return net::post(pipe_.get_executor(), [done] { done({}); });
    }
    if (opened.error().code != errc::unavailable) throw std::runtime_error(opened.error().message);
    if (std::chrono::steady_clock::now() >= last)
      return net::post(pipe_.get_executor(), [done] { done(net::error::timed_out); });
    pause_.expires_after(kBusyPause);
    pause_.async_wait([=, this](boost::system::error_code) { try_until(name, last, done); });
  }

  PipeHandle pipe_;
  net::steady_timer deadline_;
  net::steady_timer pause_;
};

}  // namespace

boost::system::result<HttpResponse, std::string> exchange(const std::string& path, HttpRequest request,
                                                          std::chrono::milliseconds limit) {
  try {
    return ExchangeOver<PipeTransport>(limit).perform(path, std::move(request));
  } catch (const std::exception& caught) {
    return std::string(caught.what());
  }
}

}  // namespace jitgate::cli
