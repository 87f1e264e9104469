// GET /metrics over plain HTTP, and nothing else.
#include "agent/api/metrics_server.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using tcp = boost::asio::ip::tcp;

/// A server on its own thread, at a port that was free.
class MetricsServerTest : public ::testing::Test {
 protected:
  ~MetricsServerTest() override {
    boost::asio::post(context_, [this] { server_->stop(); });
    if (loop_.joinable()) loop_.join();
  }

  void start(ApiLimits limits = metrics_limits()) {
    for (std::uint16_t port = 20'000; !server_; ++port) {
      auto made = make_metrics_server(
          context_, {"127.0.0.1", port}, [this] { return render(); }, limits);
      if (!made) continue;
      server_ = std::move(*made);
      endpoint_ = {boost::asio::ip::make_address("127.0.0.1"), port};
    }
    loop_ = std::thread([this] { context_.run(); });
  }
  std::string render() {
    ++rendered_;
    return "jitgate_x 1\n";
  }
  tcp::socket connect() {
    tcp::socket socket(clients_);
    socket.connect(endpoint_);
    return socket;
  }
  /// Everything that comes until the server ends the connection.
  static std::string rest(tcp::socket& socket) {
    std::string all;
    boost::system::error_code code;
    for (std::array<char, 4096> piece; !code;) {
      all.append(piece.data(), socket.read_some(boost::asio::buffer(piece), code));
    }
    return all;
  }
  std::string exchange(const std::string& request) {
    tcp::socket socket = connect();
    boost::asio::write(socket, boost::asio::buffer(request));
    return rest(socket);
  }
  std::string get(const std::string& target) {
    return exchange("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  }

  boost::asio::io_context context_{1};
  boost::asio::io_context clients_{1};
  tcp::endpoint endpoint_;
  std::unique_ptr<ApiServer> server_;
  std::thread loop_;
  std::atomic<int> rendered_ = 0;
};

TEST_F(MetricsServerTest, AnswersAScrape) {
  start();
  const std::string reply = get("/metrics");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\n\r\njitgate_x 1\n"));
  EXPECT_THAT(get("/metrics?format=text"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(exchange("HEAD /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              ::testing::AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), ::testing::Not(HasSubstr("jitgate_x"))));
}

TEST_F(MetricsServerTest, HasNothingElseOfTheApi) {
  start();
  for (const char* target : {"/", "/healthz", "/v1/status", "/v1/requests", "/metrics/", "/metricsx", "/Metrics",
                             "/subscriptions/s/providers/Microsoft.Security/jitNetworkAccessPolicies"}) {
    EXPECT_THAT(get(target), StartsWith("HTTP/1.1 404 ")) << target;
  }
  const std::string post = exchange("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(post, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(post, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
  EXPECT_THAT(
      exchange("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"),
      StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(rendered_, 0);
}

TEST_F(MetricsServerTest, HoweverManyAskTheKernelIsAskedOnceInAWhile) {
  start();
  for (int i = 0; i < 50; ++i) EXPECT_THAT(get("/metrics"), HasSubstr("jitgate_x 1"));
  // One a second; this machine may be slow.
  EXPECT_LT(rendered_, 25);
}

TEST_F(MetricsServerTest, OnePeerHasSoManyConnectionsAndTheNextIsClosed) {
  ApiLimits limits = metrics_limits();
  limits.connections_per_user = 2;
  start(limits);
  auto first = connect();
  auto second = connect();
  auto third = connect();
  EXPECT_EQ(rest(third), "");
  boost::asio::write(second, boost::asio::buffer(std::string_view("GET /metrics HTTP/1.0\r\n\r\n")));
  EXPECT_THAT(rest(second), HasSubstr("200 OK")) << "who is in is served";
}

TEST_F(MetricsServerTest, WhoNeverEndsARequestIsCutOff) {
  ApiLimits limits = metrics_limits();
  limits.request = 50ms;
  limits.idle = 50ms;
  start(limits);
  auto silent = connect();
  auto slow = connect();
  boost::asio::write(slow, boost::asio::buffer(std::string_view("GET /metr")));
  EXPECT_EQ(rest(slow), "");
  EXPECT_EQ(rest(silent), "");
  EXPECT_THAT(get("/metrics"), HasSubstr("200 OK"));
}

TEST_F(MetricsServerTest, SaysWhichAddressItCouldNotHave) {
  start();
  const auto second = make_metrics_server(context_, {"127.0.0.1", endpoint_.port()}, [] { return std::string(); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::system_failed);
  EXPECT_EQ(second.error().target, "127.0.0.1:" + std::to_string(endpoint_.port()));
}

}  // namespace
}  // namespace jitgate
