// Before anything that could bring in the older winsock.h.
#include <winsock2.h>
#include <ws2tcpip.h>

#include "platform/windows/connection_tracker_windows.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>

#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

using boost::asio::ip::tcp;

/// Real sockets over loopback, of the system that the test runs on; the filters are the model's.
class Tracker : public WfpTest {
 protected:
  struct Pair {
    tcp::socket client;
    tcp::socket server;
  };
  Pair connect(const char* address) {
    tcp::acceptor acceptor(io_, tcp::endpoint(boost::asio::ip::make_address(address), 0));
    Pair pair{tcp::socket(io_), tcp::socket(io_)};
    pair.client.connect(acceptor.local_endpoint());
    pair.server = acceptor.accept();
    number_ = acceptor.local_endpoint().port();
    return pair;
  }
  [[nodiscard]] std::vector<TransportPort> ports() const { return {port(Transport::tcp, number_)}; }

  std::unique_ptr<ConnectionTracker> tracker_ = make_windows_connection_tracker(*backend_);
  int number_ = 0;
};

TEST_F(Tracker, ListsWhatIsEstablished) {
  const Pair pair = connect("127.0.0.1");
  const auto listed = tracker_->list(ports()).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].transport, Transport::tcp);
  EXPECT_EQ(listed[0].local.to_string(), "127.0.0.1");
  EXPECT_EQ(listed[0].remote.to_string(), "127.0.0.1");
  EXPECT_EQ(listed[0].remote_port, pair.client.local_endpoint().port());
  EXPECT_NE(listed[0].cookie, 0U);
  EXPECT_EQ(tracker_->list(ports()).value()[0].cookie, listed[0].cookie);
  EXPECT_EQ(tracker_->seed(listed).value(), 1U);
  EXPECT_GE(tracker_->load().value().established, 1U);
}

TEST_F(Tracker, StopsWhatItCannotReset) {
  replace(lock());
  const Pair pair = connect("::1");
  const auto client = pair.client.local_endpoint().port();
  const auto listed = tracker_->list(ports()).value();
  ASSERT_EQ(listed.size(), 1U);
  const Knock flow{.from = "::1", .number = number_, .established = true, .from_port = client};
  ASSERT_TRUE(passes(flow));
  EXPECT_EQ(tracker_->terminate(ports(), [](const Connection&) { return false; }).value(), 0U);
  EXPECT_TRUE(passes(flow));
  EXPECT_EQ(tracker_->terminate(ports(), [](const Connection&) { return true; }).value(), 1U);
  EXPECT_FALSE(passes(flow));
}

TEST_F(Tracker, DoesNotClaimToStopUdpThatAProcessBeforeHadOpened) {
  replace(lock());
  const std::vector<TransportPort> udp{port(Transport::udp, 3389)};
  const auto every = [](const Connection&) { return true; };
  ASSERT_TRUE(tracker_->terminate(udp, every).has_error());
  clock_.move(std::chrono::minutes(61));
  EXPECT_EQ(tracker_->terminate(udp, every).value(), 0U);
}

TEST_F(Tracker, StopsUdpOfASourceWhoseGrantIsOver) {
  replace(lock(), {entry("198.51.100.0/28", Transport::udp, 3389), entry("2001:db8::7", Transport::udp, 3389)});
  close({key("198.51.100.0/28", Transport::udp, 3389)});
  const Knock flow{.from = "198.51.100.9", .transport = Transport::udp, .number = 3389, .established = true};
  const Knock another{.from = "2001:db8::7", .transport = Transport::udp, .number = 3389, .established = true};
  ASSERT_TRUE(passes(flow));
  const auto over = [](const Connection& one) { return one.remote.family() == Family::ipv4; };
  EXPECT_EQ(tracker_->terminate({port(Transport::udp, 3389)}, over).value(), 1U);
  EXPECT_FALSE(passes(flow));
  EXPECT_TRUE(passes(another));
  put({entry("198.51.100.9", Transport::udp, 3389)});
  EXPECT_TRUE(passes(flow)) << "a grant wins over a cut";
}

}  // namespace
}  // namespace jitgate::wfp
