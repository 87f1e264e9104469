#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>
#include <memory>
#include <vector>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;

constexpr const char* kRequest =
    R"({"ports": [{"number": 22, "allowedSourceAddressPrefix": "203.0.113.7", "duration": "PT1H"}]})";

/// A request that is under way until the test lets it go. Lives on the loop's thread.
struct Gate {
  std::shared_ptr<net::steady_timer> timer;

  explicit Gate(RunningApi& api) {
    api.agent.before_request = [this]() -> net::awaitable<void> {
      timer =
          std::make_shared<net::steady_timer>(co_await net::this_coro::executor, net::steady_timer::time_point::max());
      const std::shared_ptr<net::steady_timer> held = timer;
      boost::system::error_code cancelled;
      co_await held->async_wait(net::redirect_error(net::use_awaitable, cancelled));
    };
  }
  static bool begun(RunningApi& api) {
    return api.on_loop([&] { return api.agent.requests_begun > 0; });
  }
  void open(RunningApi& api) {
    api.on_loop([this] { timer->cancel(); });
  }
};

void wait_until_begun(RunningApi& api) {
  while (!Gate::begun(api)) std::this_thread::yield();
}

TEST(ApiConnections, ASlowRequestDelaysNobodyElse) {
  RunningApi api;
  api.start();
  RawClient slow(api.socket());
  slow.send("GET /hea");
  EXPECT_EQ(call(api.socket(), get("/healthz")).status, 200u);
  slow.send("lthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(slow.receive()->status, 200u);
}

TEST(ApiConnections, ACallUnderWayDelaysNobodyElse) {
  RunningApi api;
  Gate gate(api);
  api.start();
  RawClient waiting(api.socket());
  waiting.send(post("/v1/requests", kRequest));
  wait_until_begun(api);
  EXPECT_EQ(call(api.socket(), get("/v1/status")).status, 200u);
  gate.open(api);
  EXPECT_EQ(waiting.receive()->status, 201u);
}

TEST(ApiConnections, AClientThatLeavesDuringItsCallHarmsNobody) {
  RunningApi api;
  Gate gate(api);
  api.start();
  {
    RawClient leaving(api.socket());
    leaving.send(post("/v1/requests", kRequest));
    wait_until_begun(api);
  }
  gate.open(api);
  // What was granted stays granted, although nobody is told.
  while (call(api.socket(), get("/v1/grants")).json().as_array().empty()) std::this_thread::yield();
}

TEST(ApiConnections, AClientThatLeavesWithinALargeResponseHarmsNobody) {
  RunningApi api;
  api.agent.events.resize(5'000);
  api.start();
  for (int i = 0; i < 5; ++i) {
    RawClient leaving(api.socket());
    leaving.send(get("/v1/audit"));
    char byte = 0;
    leaving.stream().read_some(net::buffer(&byte, 1));
  }
  EXPECT_EQ(call(api.socket(), get("/healthz")).status, 200u);
}

TEST(ApiConnections, AnUnfinishedRequestIsGivenUp) {
  RunningApi api;
  api.options.limits.request = 50ms;
  api.start();
  RawClient client(api.socket());
  client.send("POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_TRUE(client.ends());
}

TEST(ApiConnections, AnIdleConnectionIsClosed) {
  RunningApi api;
  api.options.limits.idle = 50ms;
  api.start();
  RawClient client(api.socket());
  EXPECT_EQ(client.exchange(get("/healthz")).status, 200u);
  EXPECT_TRUE(client.ends());
}

TEST(ApiConnections, AReplyThatIsNotTakenIsGivenUp) {
  RunningApi api;
  api.agent.events.resize(10'000);
  api.options.limits.reply = 50ms;
  api.options.limits.connections_per_user = 1;
  api.start();
  RawClient stubborn(api.socket());
  stubborn.send(get("/v1/audit"));
  // The only slot is free again exactly when the server has given up.
  unsigned status = 0;
  while (status != 200) status = call(api.socket(), get("/healthz")).status;
  EXPECT_FALSE(stubborn.receive()) << "the response was cut off";
}

TEST(ApiConnections, TheTotalLeavesRoomForAnAdministrator) {
  RunningApi api;
  api.options.limits.connections = 4;
  api.start();
  std::vector<std::unique_ptr<RawClient>> held;
  for (std::uint32_t uid = 2000; uid < 2004; ++uid) {
    api.become({"user" + std::to_string(uid), uid, 1, {}});
    held.push_back(std::make_unique<RawClient>(api.socket()));
    ASSERT_EQ(held.back()->exchange(get("/healthz")).status, 200u);
  }
  api.become_stranger();
  EXPECT_EQ(call(api.socket(), get("/healthz")).status, 503u);
  api.become_root();
  EXPECT_EQ(call(api.socket(), get("/v1/status")).status, 200u);
}

TEST(ApiConnections, AClosedConnectionFreesItsPlace) {
  RunningApi api;
  api.options.limits.connections_per_user = 1;
  api.start();
  for (int i = 0; i < 20; ++i) {
    RawClient client(api.socket());
    EXPECT_EQ(client.exchange("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").status, 200u);
    EXPECT_TRUE(client.ends());
  }
}

TEST(ApiConnections, StopClosesEverythingAndLeavesTheAddress) {
  RunningApi api;
  api.start();
  RawClient client(api.socket());
  EXPECT_EQ(client.exchange(get("/healthz")).status, 200u);
  api.stop();
  EXPECT_TRUE(client.ends());
  EXPECT_FALSE(is_local_address_taken(api.socket()));
}

TEST(ApiConnections, StopDuringACallIsSafe) {
  RunningApi api;
  Gate gate(api);
  api.start();
  RawClient client(api.socket());
  client.send(post("/v1/requests", kRequest));
  wait_until_begun(api);
  api.stop();
  EXPECT_TRUE(client.ends());
  gate.open(api);
  const auto granted = [&] { return api.agent.records.size(); };
  while (api.on_loop(granted) == 0) std::this_thread::yield();
}

}  // namespace
}  // namespace jitgate
