#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class Admission : public NftTest {
 protected:
  Services services_{network_.server};
};

TEST_F(Admission, LockedPortsRefuseEverybodyAndOthersNobody) {
  replace(lock());
  for (const std::string& source : {network_.client.ipv4, network_.client.ipv6}) {
    SCOPED_TRACE(source);
    EXPECT_EQ(knock(network_.client, source, kSilence), Outcome::timed_out);
    EXPECT_EQ(knock_udp(network_.client, source, kSilence), Outcome::timed_out);
    EXPECT_EQ(knock(network_.client, source, kPatience, 23), Outcome::connected);
    EXPECT_EQ(knock_udp(network_.client, source, kPatience, 54), Outcome::connected);
  }
}

TEST_F(Admission, AGrantOpensExactlyItsSourceProtocolAndPort) {
  // TCP and UDP on both ports are locked: what is open must be open by the grant.
  Lock all = lock();
  all.ports = {port(Transport::tcp, 22), port(Transport::tcp, 23), port(Transport::udp, 53), port(Transport::udp, 54)};
  replace(all);
  for (const auto& [client, stranger] : {std::pair(network_.client.ipv4, network_.stranger.ipv4),
                                         std::pair(network_.client.ipv6, network_.stranger.ipv6)}) {
    SCOPED_TRACE(client);
    put({entry(client, Transport::tcp, 22)});
    EXPECT_EQ(knock(network_.client, client, kPatience), Outcome::connected);
    EXPECT_EQ(knock(network_.stranger, stranger, kSilence), Outcome::timed_out);
    EXPECT_EQ(knock(network_.client, client, kSilence, 23), Outcome::timed_out);
    EXPECT_EQ(knock_udp(network_.client, client, kSilence), Outcome::timed_out);

    put({entry(client, Transport::udp, 53)});
    EXPECT_EQ(knock_udp(network_.client, client, kPatience), Outcome::connected);
    EXPECT_EQ(knock_udp(network_.client, client, kSilence, 54), Outcome::timed_out);
    EXPECT_EQ(knock_udp(network_.stranger, stranger, kSilence), Outcome::timed_out);
  }
}

struct PrefixCase {
  const char* prefix;
  const char* inside;
  const char* outside;
};

TEST_F(Admission, APrefixOpensToItsAddressesOnly) {
  replace(lock());
  for (const PrefixCase& one : {PrefixCase{"203.0.113.0/24", "203.0.113.255", "203.0.114.1"},
                                PrefixCase{"203.0.113.64/27", "203.0.113.95", "203.0.113.96"},
                                PrefixCase{"203.0.113.7", "203.0.113.7", "203.0.113.6"},
                                PrefixCase{"0.0.0.0/1", "127.255.255.254", "203.0.113.5"},
                                PrefixCase{"2001:db8:7:100::/56", "2001:db8:7:1ff::9", "2001:db8:7:200::9"},
                                PrefixCase{"2001:db8:7::/49", "2001:db8:7:7fff::1", "2001:db8:7:8000::1"},
                                PrefixCase{"2001:db8:7::7", "2001:db8:7::7", "2001:db8:7::8"}}) {
    SCOPED_TRACE(one.prefix);
    // An address of 127/8 never comes over a wire; of this half of the space any other serves.
    const std::string inside = std::string(one.inside) == "127.255.255.254" ? "10.1.2.3" : one.inside;
    network_.add_address(network_.client, inside);
    network_.add_address(network_.client, one.outside);
    put({entry(one.prefix, Transport::tcp, 22), entry(one.prefix, Transport::udp, 53)});
    EXPECT_EQ(knock(network_.client, inside, kPatience), Outcome::connected);
    EXPECT_EQ(knock_udp(network_.client, inside, kPatience), Outcome::connected);
    EXPECT_EQ(knock(network_.client, one.outside, kSilence), Outcome::timed_out);
    EXPECT_EQ(knock_udp(network_.client, one.outside, kSilence), Outcome::timed_out);
    close({key(one.prefix, Transport::tcp, 22), key(one.prefix, Transport::udp, 53)});
    EXPECT_EQ(knock(network_.client, inside, kSilence), Outcome::timed_out);
  }
}

TEST_F(Admission, AnyPrefixOpensToEverybodyOfItsFamilyOnly) {
  replace(lock(), {entry("0.0.0.0/0", Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.client, network_.client.ipv6, kSilence), Outcome::timed_out);
  EXPECT_EQ(knock_udp(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  close({key("0.0.0.0/0", Transport::tcp, 22)});
  put({entry("::/0", Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
}

TEST_F(Admission, TheEndOfOneGrantLeavesAnOverlappingOneAlone) {
  replace(lock(),
          {entry("198.51.100.0/24", Transport::tcp, 22), entry(network_.client.ipv4, Transport::tcp, 22, 300ms)});
  const AllowKey host = key(network_.client.ipv4, Transport::tcp, 22);
  EXPECT_TRUE(eventually([&] { return !backend_->query(host).value(); }));
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kPatience), Outcome::connected);
  put({entry(network_.client.ipv4, Transport::tcp, 22)});
  close({key("198.51.100.0/24", Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kSilence), Outcome::timed_out);
}

TEST_F(Admission, LoopbackPasses) {
  replace(lock());
  EXPECT_EQ(tcp_connects(network_.server, {network_.server.ipv4, 22}, kPatience), Outcome::connected);
  EXPECT_EQ(tcp_connects(network_.server, {network_.server.ipv6, 22}, kPatience), Outcome::connected);
  EXPECT_EQ(udp_echoes(network_.server, {network_.server.ipv4, 53}, kPatience), Outcome::connected);
}

TEST_F(Admission, AlwaysAllowedSourcesPassWithoutAGrant) {
  for (const char* prefix :
       {"198.51.100.10", "198.51.100.8/29", "198.51.100.0/28", "198.51.96.0/20", "198.51.0.0/16"}) {
    SCOPED_TRACE(prefix);
    Lock open = lock();
    open.always_allow = {AddressPrefix::parse(prefix).value()};
    replace(open);
    EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
    EXPECT_EQ(knock(network_.client, network_.client.ipv6, kSilence), Outcome::timed_out);
  }
  Lock open = lock();
  open.always_allow = {AddressPrefix::parse("fd00:51::10/127").value(), AddressPrefix::parse("198.51.100.10").value()};
  replace(open);
  EXPECT_EQ(knock(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
  EXPECT_EQ(knock_udp(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv6, kSilence), Outcome::timed_out);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kSilence), Outcome::timed_out);
  open.always_allow = {AddressPrefix::any(Family::ipv6)};
  replace(open);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv6, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kSilence), Outcome::timed_out);
}

TEST_F(Admission, RejectTellsThePeerAtOnce) {
  Lock reject = lock();
  reject.deny = DenyAction::reject;
  replace(reject);
  for (const std::string& source : {network_.client.ipv4, network_.client.ipv6}) {
    SCOPED_TRACE(source);
    EXPECT_EQ(knock(network_.client, source, kPatience), Outcome::refused);
    EXPECT_EQ(knock_udp(network_.client, source, kPatience), Outcome::unreachable);
  }
  EXPECT_GE(backend_->denied().value().packets, 4U);
}

TEST_F(Admission, AuditLetsThroughAndCounts) {
  Lock audit = lock();
  audit.deny = DenyAction::audit;
  replace(audit, {entry(network_.stranger.ipv4, Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(backend_->denied().value().packets, 0U);
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(backend_->denied().value().packets, 1U);
  EXPECT_EQ(knock_udp(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
  EXPECT_EQ(backend_->denied().value().packets, 2U);
}

TEST_F(Admission, DropCountsWhatItDropped) {
  replace(lock());
  EXPECT_EQ(backend_->denied().value().packets, 0U);
  EXPECT_EQ(knock_udp(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  const DenyCounter denied = backend_->denied().value();
  EXPECT_EQ(denied.packets, 1U);
  EXPECT_EQ(denied.bytes, 20U + 8U + 8U);
}

TEST_F(Admission, WhatIsDeniedIsCountedByPortOverEveryTable) {
  const TransportPort udp = port(Transport::udp, 53);
  const auto knocked = [&] { return knock_udp(network_.client, network_.client.ipv4, kSilence); };
  // One that somebody else may take away.
  backend_.reset();
  backend_ = make_backend(false);
  replace(lock());
  ASSERT_EQ(knocked(), Outcome::timed_out);
  EXPECT_EQ(backend_->denied().value().ports, (std::map<TransportPort, std::uint64_t>{{udp, 1}}));
  replace(lock());
  ASSERT_EQ(knocked(), Outcome::timed_out);
  EXPECT_EQ(backend_->denied().value().ports[udp], 2U) << "one table after the other";
  network_.server.check({"nft", "delete", "table", "inet", "jitgate"});
  EXPECT_EQ(backend_->denied().value().ports[udp], 2U) << "somebody else took it away";
  replace(lock());
  ASSERT_EQ(knocked(), Outcome::timed_out);
  EXPECT_EQ(backend_->denied().value().ports[udp], 3U);
  EXPECT_EQ(backend_->denied().value().packets, 3U);
  require(backend_->commit(RemoveTable{}));
  EXPECT_EQ(backend_->denied().value().packets, 3U);
}

TEST_F(Admission, ATrialLockLiftsItself) {
  Lock trial = lock();
  trial.lifts_at = clock_.boot_now() + 1s;
  replace(trial);
  backend_.reset();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  EXPECT_TRUE(eventually([&] { return knock(network_.client, network_.client.ipv4, 50ms) == Outcome::connected; }));
  EXPECT_GE(clock_.boot_now(), *trial.lifts_at - 10ms);
  EXPECT_EQ(knock_udp(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
}

TEST_F(Admission, RemovalOpensEverything) {
  replace(lock());
  require(backend_->commit(RemoveTable{}));
  EXPECT_EQ(network_.server.check({"nft", "list", "ruleset"}), "");
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  require(backend_->commit(RemoveTable{}));
  EXPECT_FALSE(backend_->read().value().present);
}

}  // namespace
}  // namespace jitgate::netns
