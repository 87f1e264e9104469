#include <gtest/gtest.h>
#include <sys/socket.h>

#include <sstream>

#include "tests/netns/connection_fixture.hpp"

namespace jitgate::netns {
namespace {

using std::chrono::milliseconds;

class ConnectionWatch : public ::testing::Test, public ConnectionTest {
 protected:
  void count_losses(std::vector<TransportPort> ports = locked_ports()) {
    tracker->watch(std::move(ports), [this] { ++losses; });
  }
  void mend_losses() {
    tracker->watch(locked_ports(), [this] {
      ++losses;
      list_and_seed();
    });
  }
  /// Longer than a burst is collected.
  void run_for_a_while() {
    context.restart();
    handlers = context.run_for(milliseconds(500));
  }
  /// Entries on this port, as many, from one client.
  void make_entries(std::uint16_t to_port, std::uint16_t count) const {
    for (std::uint16_t i = 0; i < count; ++i) {
      // A busy processor's backlog holds a thousand packets, and drops what comes beyond (net.core.netdev_max_backlog).
      if (i % 500 == 0) await_entries(to_port, i);
      const Socket socket = udp_connect(network.client, {network.server.ipv4, to_port},
                                        {network.client.ipv4, static_cast<std::uint16_t>(20'000 + i)});
      ASSERT_EQ(::send(socket.fd(), "x", 1, 0), 1);
    }
    await_entries(to_port, count);
  }
  /// A busy machine delivers them a little later.
  void await_entries(std::uint16_t to_port, std::size_t count) const {
    ASSERT_TRUE(eventually([&] { return entries(" dport=" + std::to_string(to_port) + " ").size() >= count; }));
  }

  /// Unlike flush(), nothing but these entries ends.
  void end_entries(std::uint16_t to_port) const {
    network.server.check({"conntrack", "-D", "-p", "udp", "--dport", std::to_string(to_port)});
  }

  int losses = 0;
  std::size_t handlers = 0;
};

TEST_F(ConnectionWatch, FlushedConnectionsAreMended) {
  const std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  list_and_seed();
  lock();
  mend_losses();
  flush();
  for (const Ends& ends : all)
    ASSERT_FALSE(ends.to_server(milliseconds(20))) << "the lock is up, and nothing mended yet";
  ASSERT_TRUE(run_until([&] { return losses > 0; }));
  for (const Ends& ends : all) EXPECT_TRUE(ends.passes()) << to_string(ends.kind);
}

// The kernel does not report the end of entries that were made while nobody listened.
TEST_F(ConnectionWatch, AFlushAfterARestartIsMendedToo) {
  tracker.reset();
  const std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  for (const Ends& ends : all) ASSERT_TRUE(ends.passes());
  make_tracker();
  EXPECT_EQ(list_and_seed(), 0U);
  lock();
  mend_losses();
  flush();
  ASSERT_TRUE(run_until([&] { return losses == 1; }));
  for (const Ends& ends : all) EXPECT_TRUE(ends.passes()) << to_string(ends.kind);
  flush();
  EXPECT_TRUE(run_until([&] { return losses == 2; })) << "the next one is noticed too";
}

TEST_F(ConnectionWatch, LeavesNoEntryBehind) {
  count_losses();
  tracker.reset();
  EXPECT_EQ(entries(), std::vector<std::string>());
}

// An entry is not reported when its time is up, but when the kernel comes by it: at the next packet at the latest.
TEST_F(ConnectionWatch, AnIdleTimeOutIsMendedWithTheNextPacket) {
  std::vector<Ends> all;
  for (const Kind kind : {Kind::tcp_v4, Kind::tcp_v6}) all.push_back(connect(kind, network.client));
  start_tracking();
  list_and_seed();
  lock();
  mend_losses();
  for (const Ends& ends : all) {
    const bool v6 = ends.kind == Kind::tcp_v6;
    network.server.check({"conntrack", "-U", "-f", v6 ? "ipv6" : "ipv4", "-p", "tcp", "--dport", "22", "-t", "1"});
  }
  ASSERT_TRUE(eventually([&] { return entries("dport=22 ").empty(); }));
  for (const Ends& ends : all) {
    SCOPED_TRACE(to_string(ends.kind));
    EXPECT_TRUE(run_until([&] { return ends.to_server(milliseconds(50)); }));
    EXPECT_TRUE(ends.to_client());
  }
}

TEST_F(ConnectionWatch, ABurstIsReportedOnce) {
  start_tracking();
  make_entries(kUdpPort, 50);
  count_losses();
  end_entries(kUdpPort);
  ASSERT_TRUE(run_until([&] { return losses > 0; }));
  run_for_a_while();
  EXPECT_EQ(losses, 1);
  make_entries(kUdpPort, 50);
  end_entries(kUdpPort);
  EXPECT_TRUE(run_until([&] { return losses > 1; })) << "the next burst is reported too";
}

TEST_F(ConnectionWatch, OtherPortsDoNotWakeTheDaemon) {
  start_tracking();
  make_entries(54, 50);
  count_losses();
  end_entries(54);
  run_for_a_while();
  EXPECT_EQ(losses, 0);
  EXPECT_EQ(handlers, 0U) << "the kernel filters: not even the event loop wakes";
}

TEST_F(ConnectionWatch, MorePortsThanAFilterHoldsAreWatchedToo) {
  std::vector<TransportPort> ports;
  for (std::uint16_t number = 1000; number < 6000; ++number) ports.push_back(port(Transport::udp, number));
  start_tracking();
  make_entries(kUdpPort, 5);
  count_losses(ports);
  end_entries(kUdpPort);
  run_for_a_while();
  EXPECT_EQ(losses, 0);
  make_entries(5999, 5);
  end_entries(5999);
  EXPECT_TRUE(run_until([&] { return losses == 1; }));
}

TEST_F(ConnectionWatch, AFlowInWhichTheServerSpokeFirstIsWatched) {
  const Ends ends = connect(Kind::udp_v6, network.client);
  start_tracking();
  ASSERT_TRUE(ends.to_client());
  count_losses();
  network.server.check({"conntrack", "-D", "-f", "ipv6", "-p", "udp", "--sport", "53"});
  EXPECT_TRUE(run_until([&] { return losses == 1; }));
}

TEST_F(ConnectionWatch, LostEventsCountAsALoss) {
  start_tracking();
  make_entries(kUdpPort, 3000);
  count_losses();
  flush();
  // sk, Eth, Pid, Groups, Rmem, Wmem, Dump, Locks, Drops, Inode: the socket of ours has overflowed.
  std::istringstream sockets(network.server.check({"cat", "/proc/net/netlink"}));
  std::uint64_t drops = 0;
  for (std::string line; std::getline(sockets, line);) {
    std::istringstream words(line);
    std::vector<std::string> columns{std::istream_iterator<std::string>(words), {}};
    if (columns.size() == 10 && columns[8] != "Drops") drops += std::stoull(columns[8]);
  }
  ASSERT_GT(drops, 0U);
  ASSERT_TRUE(run_until([&] { return losses == 1; }));
  make_entries(kUdpPort, 1);
  end_entries(kUdpPort);
  EXPECT_TRUE(run_until([&] { return losses == 2; })) << "the watch goes on";
}

TEST_F(ConnectionWatch, WhatWeEndOurselvesIsNoLoss) {
  const std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  list_and_seed();
  count_losses();
  EXPECT_EQ(*tracker->terminate(of_anybody(locked_ports()), [](const Connection&) { return true; }), all.size());
  run_for_a_while();
  EXPECT_EQ(losses, 0);
}

TEST_F(ConnectionWatch, WatchingAgainReplacesThePorts) {
  start_tracking();
  count_losses();
  count_losses({port(Transport::udp, 54)});
  make_entries(kUdpPort, 5);
  end_entries(kUdpPort);
  run_for_a_while();
  EXPECT_EQ(losses, 0);
  make_entries(54, 5);
  end_entries(54);
  EXPECT_TRUE(run_until([&] { return losses == 1; }));
}

TEST_F(ConnectionWatch, NothingIsCalledAfterTheTrackerIsGone) {
  start_tracking();
  make_entries(kUdpPort, 5);
  count_losses();
  flush();
  ASSERT_TRUE(run_until([&] { return context.poll() > 0; })) << "the burst is being collected";
  tracker.reset();
  run_for_a_while();
  EXPECT_EQ(losses, 0);
}

TEST_F(ConnectionWatch, TheCalleeMayReplaceOrDestroyTheWatch) {
  start_tracking();
  make_entries(kUdpPort, 5);
  tracker->watch(locked_ports(), [this] {
    count_losses();
    tracker.reset();
    ++losses;
  });
  flush();
  EXPECT_TRUE(run_until([&] { return losses == 1; }));
  run_for_a_while();
  EXPECT_EQ(losses, 1);
}

}  // namespace
}  // namespace jitgate::netns
