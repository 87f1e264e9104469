#include "platform/socket_inventory.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "platform/windows/socket_owners.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

namespace ip = boost::asio::ip;

const ListeningSocket* find(const SocketReport& report, Transport transport, std::uint16_t port) {
  const auto is_it = [&](const ListeningSocket& one) {
    return one.port.transport == transport && one.port.number.value() == port;
  };
  const auto found = std::ranges::find_if(report.sockets, is_it);
  return found == report.sockets.end() ? nullptr : &*found;
}

TEST(WindowsSockets, AListenerIsFoundWithItsAddress) {
  boost::asio::io_context context;
  const ip::tcp::acceptor listener(context, {ip::make_address("127.0.0.1"), 0});
  const auto report = make_socket_inventory()->read();
  ASSERT_TRUE(succeeds(report));
  const auto* found = find(*report, Transport::tcp, listener.local_endpoint().port());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->address.to_string(), "127.0.0.1");
  EXPECT_TRUE(found->only_loopback);
}

// Not through a socket: Wine does not always know whose one is.
TEST(WindowsSockets, AProcessIsNamedByItsProgram) {
  const SocketOwners owners;
  EXPECT_EQ(owners.names(::GetCurrentProcessId()), std::vector<std::string>{"windows_platform_tests"});
  EXPECT_EQ(owners.names(4), std::vector<std::string>{"System"});
  EXPECT_TRUE(owners.names(0xFFFFFFF0).empty());
}

TEST(WindowsSockets, OnesOfIpv6AndUdpAreFound) {
  boost::asio::io_context context;
  const ip::tcp::acceptor listener(context, {ip::tcp::v6(), 0});
  const ip::udp::socket bound(context, {ip::udp::v4(), 0});
  const auto report = make_socket_inventory()->read();
  ASSERT_TRUE(succeeds(report));
  const auto* tcp = find(*report, Transport::tcp, listener.local_endpoint().port());
  const auto* udp = find(*report, Transport::udp, bound.local_endpoint().port());
  ASSERT_NE(tcp, nullptr);
  ASSERT_NE(udp, nullptr);
  EXPECT_EQ(tcp->address.to_string(), "::");
  EXPECT_EQ(udp->address.to_string(), "0.0.0.0");
  EXPECT_FALSE(tcp->only_loopback || udp->only_loopback);
}

TEST(WindowsSockets, WhatDoesNotListenIsNotThere) {
  boost::asio::io_context context;
  std::uint16_t port = 0;
  {
    const ip::tcp::acceptor listener(context, {ip::make_address("127.0.0.1"), 0});
    port = listener.local_endpoint().port();
  }
  const auto report = make_socket_inventory()->read();
  ASSERT_TRUE(succeeds(report));
  EXPECT_EQ(find(*report, Transport::tcp, port), nullptr);
}

}  // namespace
}  // namespace jitgate::test
