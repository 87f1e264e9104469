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
  [[nodiscard]] std::vector<AllowKey> of_anybody() const { return {key("0.0.0.0/0", Transport::tcp, number_)}; }

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
  const Pair pair = connect("::1");
  Lock with_ours = lock();
  with_ours.ports.push_back(port(Transport::tcp, number_));
  std::ranges::sort(with_ours.ports);
  replace(with_ours);
  const auto client = pair.client.local_endpoint().port();
  const auto listed = tracker_->list(ports()).value();
  ASSERT_EQ(listed.size(), 1U);
  const Knock flow{.from = "::1", .number = number_, .established = true, .from_port = client};
  ASSERT_TRUE(passes(flow));
  EXPECT_EQ(tracker_->terminate(of_anybody(), [](const Connection&) { return false; }).value(), 0U);
  EXPECT_TRUE(passes(flow));
  EXPECT_EQ(tracker_->terminate(of_anybody(), [](const Connection&) { return true; }).value(), 1U);
  EXPECT_FALSE(passes(flow));
}

TEST_F(Tracker, StopsUdpOfTheSourcesThatItIsAskedAbout) {
  replace(lock());
  const std::vector<AllowKey> asked{key("198.51.100.0/28", Transport::udp, 3389),
                                    key("2001:db8::7", Transport::udp, 3389)};
  const Knock flow{.from = "198.51.100.9", .transport = Transport::udp, .number = 3389, .established = true};
  const Knock another{.from = "2001:db8::7", .transport = Transport::udp, .number = 3389, .established = true};
  const Knock beside{.from = "198.51.100.16", .transport = Transport::udp, .number = 3389, .established = true};
  ASSERT_TRUE(passes(flow));
  const auto over = [](const Connection& one) { return one.remote.to_string() == "198.51.100.0/28"; };
  EXPECT_EQ(tracker_->terminate(asked, over).value(), 1U);
  EXPECT_FALSE(passes(flow));
  EXPECT_TRUE(passes(another));
  EXPECT_TRUE(passes(beside));
  put({entry("198.51.100.9", Transport::udp, 3389)});
  EXPECT_TRUE(passes(flow)) << "a grant wins over a cut";
}

// Nobody remembers what a process before this one had opened.
TEST_F(Tracker, StopsUdpRightAfterItsStart) {
  replace(lock());
  const Knock flow{.from = "198.51.100.9", .transport = Transport::udp, .number = 3389, .established = true};
  ASSERT_TRUE(passes(flow));
  const auto every = [](const Connection&) { return true; };
  EXPECT_EQ(tracker_->terminate({key("198.51.100.9", Transport::udp, 3389)}, every).value(), 1U);
  EXPECT_FALSE(passes(flow));
}

TEST_F(Tracker, AskedAboutTcpStopsNoUdp) {
  replace(lock());
  const Knock flow{.from = "198.51.100.9", .transport = Transport::udp, .number = 3389, .established = true};
  const auto every = [](const Connection&) { return true; };
  EXPECT_EQ(tracker_->terminate({key("198.51.100.9", Transport::tcp, 3389)}, every).value(), 0U);
  EXPECT_TRUE(passes(flow));
}

}  // namespace
}  // namespace jitgate::wfp
