#include "agent/api/metrics_server.hpp"

#include <chrono>
#include <utility>

#include "agent/api/accept_loop.hpp"
#include "agent/api/error_reply.hpp"
#include "agent/api/network_caller.hpp"
#include "agent/api/plain_stream.hpp"
#include "agent/api/resource.hpp"
#include "agent/api/tcp_listener.hpp"

namespace jitgate {
namespace {

using tcp = boost::asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// Asking the kernel takes about a millisecond of the loop: whoever floods this port must not get all of them.
constexpr std::chrono::seconds kFresh(1);

class Scrapers : public std::enable_shared_from_this<Scrapers> {
 public:
  Scrapers(std::function<std::string()> render, ApiLimits limits)
      : render_(std::move(render)),
        api_limits_(limits),
        limits_(std::make_shared<ConnectionLimits>(limits.connections, limits.connections_per_user)) {}

  std::unique_ptr<Connection> admit(tcp::socket socket) {
    boost::system::error_code code;
    const tcp::endpoint peer = socket.remote_endpoint(code);
    if (code) return nullptr;
    auto slot = ConnectionLimits::acquire(limits_, peer_text(peer.address()), false);
    if (!slot) return nullptr;
    Respond respond = [self = shared_from_this()](const HttpRequest& request) { return answer(self, request); };
    return std::make_unique<Connection>(std::make_unique<TcpStream>(std::move(socket)), std::move(respond),
                                        std::move(*slot), api_limits_);
  }

 private:
  static boost::asio::awaitable<HttpReply> answer(std::shared_ptr<Scrapers> self, const HttpRequest& request) {
    const auto target = request.target();
    if (target.substr(0, target.find('?')) != "/metrics") {
      co_return error_reply(http_failure(http::status::not_found, "NotFound", "here is /metrics alone", "target"));
    }
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      auto failure = http_failure(http::status::method_not_allowed, "MethodNotAllowed", "use GET", "method");
      failure.allow = "GET, HEAD";
      co_return error_reply(failure);
    }
    co_return metrics_reply(self->text());
  }

  const std::string& text() {
    const auto now = Clock::now();
    if (text_.empty() || now - rendered_ >= kFresh) {
      text_ = render_();
      rendered_ = now;
    }
    return text_;
  }

  std::function<std::string()> render_;
  ApiLimits api_limits_;
  std::shared_ptr<ConnectionLimits> limits_;
  std::string text_;
  Clock::time_point rendered_{};
};

}  // namespace

ApiLimits metrics_limits() {
  ApiLimits limits;
  limits.http.body = 0;
  limits.connections = 32;
  limits.connections_per_user = 8;
  limits.idle = std::chrono::seconds(120);
  return limits;
}

Result<std::unique_ptr<ApiServer>> make_metrics_server(boost::asio::io_context& context, const ListenAddress& address,
                                                       std::function<std::string()> render, ApiLimits limits) {
  auto acceptor = listen_at(context, address);
  if (!acceptor) return acceptor.error();
  auto scrapers = std::make_shared<Scrapers>(std::move(render), limits);
  return std::unique_ptr<ApiServer>(
      std::make_unique<AcceptingServer<TcpAcceptor, Scrapers>>(std::move(*acceptor), std::move(scrapers)));
}

}  // namespace jitgate
