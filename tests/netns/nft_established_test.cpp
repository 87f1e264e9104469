#include "tests/netns/nft_fixture.hpp"

#include <sys/socket.h>

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class Established : public NftTest {
 protected:
  bool expired(const AllowKey& one) {
    return eventually([&] { return !backend_->query(one).value(); });
  }
  Services services_{network_.server};
};

TEST_F(Established, SurvivesExpiryAndReplacement) {
  const std::string& v4 = network_.client.ipv4;
  const std::string& v6 = network_.client.ipv6;
  replace(lock(), {entry(v4, Transport::tcp, 22, 2s), entry(v6, Transport::tcp, 22, 2s),
                   entry(v4, Transport::udp, 53, 2s), entry(v6, Transport::udp, 53, 2s)});
  TcpPair tcp4(network_.client, services_.tcp4, {network_.server.ipv4, 22});
  TcpPair tcp6(network_.client, services_.tcp6, {network_.server.ipv6, 22});
  const Socket udp4 = udp_connect(network_.client, {network_.server.ipv4, 53});
  const Socket udp6 = udp_connect(network_.client, {network_.server.ipv6, 53});
  const auto all_alive = [&] {
    return tcp4.echoes() && tcp6.echoes() && udp_round_trip(udp4.fd(), kPatience) == Outcome::connected &&
           udp_round_trip(udp6.fd(), kPatience) == Outcome::connected;
  };
  ASSERT_TRUE(all_alive());
  ASSERT_TRUE(expired(key(v4, Transport::tcp, 22)) && expired(key(v6, Transport::udp, 53)));
  EXPECT_TRUE(all_alive());
  EXPECT_EQ(knock(network_.client, v4, kSilence), Outcome::timed_out);
  EXPECT_EQ(knock_udp(network_.client, v6, kSilence), Outcome::timed_out);
  replace(lock());
  EXPECT_TRUE(all_alive());
  backend_.reset();
  EXPECT_TRUE(all_alive());
}

TEST_F(Established, RepliesToOurOwnConnectionsPassALockedPort) {
  Lock locked = lock();
  locked.ports = {port(Transport::tcp, 2222)};
  replace(locked);
  const TcpListener peer(network_.client, {network_.client.ipv4, 80});
  TcpPair out(network_.server, peer, {network_.client.ipv4, 80}, {network_.server.ipv4, 2222});
  EXPECT_TRUE(out.echoes());
}

// A client can keep the tracking entry of its old connection alive without either end having a socket any more. Each
// end is made unable to say so, before connection tracking sees it.
constexpr const char* kSilentClose =
    "table inet silent { chain out { type filter hook output priority -400; tcp flags & (fin | rst) != 0 drop; }; }";
constexpr const char* kNaiveLock =
    "table inet naive { chain in { type filter hook input priority -10; ct state established accept; tcp dport 22 "
    "drop; }; }";

// What nearly every firewall begins with.
constexpr const char* kTheirs =
    "table inet theirs { chain in { type filter hook input priority 0; policy drop; ct state established,related "
    "accept; meta l4proto ipv6-icmp accept; tcp dport 21 accept; }; }";

/// The lock by itself, and the lock that the rules of others may open.
class Riding : public Established, public ::testing::WithParamInterface<ExistingRules> {
 protected:
  void raise(std::vector<AllowEntry> entries = {}) {
    if (GetParam() == ExistingRules::honor) network_.server.check({"nft", "-f", "-"}, kTheirs);
    Lock wanted = lock();
    wanted.existing_rules = GetParam();
    replace(wanted, std::move(entries));
  }
  void take_away() {
    require(backend_->commit(RemoveTable{}));
    if (GetParam() == ExistingRules::honor) network_.server.check({"nft", "delete", "table", "inet", "theirs"});
  }
};
INSTANTIATE_TEST_SUITE_P(, Riding, ::testing::Values(ExistingRules::override, ExistingRules::honor),
                         [](const auto& mode) { return mode.param == ExistingRules::honor ? "Honor" : "Override"; });

TEST_P(Riding, ASynOnAnEntryThatWasKeptAliveIsNew) {
  for (const std::string& source : {network_.client.ipv4, network_.client.ipv6}) {
    SCOPED_TRACE(source);
    const Endpoint to{server_address(source), 22};
    const Endpoint from{source, 40022};
    raise({entry(source, Transport::tcp, 22)});
    TcpPair pair(network_.client, source == network_.client.ipv4 ? services_.tcp4 : services_.tcp6, to, from);
    ASSERT_TRUE(pair.echoes());
    network_.server.check({"nft", "-f", "-"}, kSilentClose);
    network_.client.check({"nft", "-f", "-"}, kSilentClose);
    const linger reset{1, 0};
    for (const int fd : {pair.client_fd(), pair.server_fd()}) {
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    pair.close_client();
    pair.close_server();
    close({key(source, Transport::tcp, 22)});

    const std::string entries =
        network_.server.check({"conntrack", "-L", "-f", source == network_.client.ipv4 ? "ipv4" : "ipv6"});
    ASSERT_NE(entries.find("ESTABLISHED"), std::string::npos) << entries;
    EXPECT_EQ(tcp_connects(network_.client, to, kSilence, from), Outcome::timed_out);
    EXPECT_GE(backend_->denied().value().packets, 1U);

    // The same packet passes a lock that trusts tracking: it is our rule that stops it.
    take_away();
    network_.server.check({"nft", "-f", "-"}, kNaiveLock);
    EXPECT_EQ(tcp_connects(network_.client, to, kPatience, from), Outcome::connected);
    network_.server.check({"nft", "flush", "ruleset"});
    network_.client.check({"nft", "flush", "ruleset"});
  }
}

// What an FTP server says makes connection tracking expect a connection to the port it names.
constexpr const char* kFtpHelper =
    "table inet helper { ct helper ftp { type \"ftp\" protocol tcp; }; "
    "chain pre { type filter hook prerouting priority -150; tcp dport 21 ct helper set \"ftp\"; }; }";
constexpr const char* kRelatedLock =
    "table inet naive { chain in { type filter hook input priority -10; ct state established,related accept; "
    "tcp dport 22 drop; }; }";

TEST_P(Riding, RelatedNeverPasses) {
  network_.server.check({"nft", "-f", "-"}, kFtpHelper);
  const TcpListener ftp(network_.server, {network_.server.ipv4, 21});
  raise();
  TcpPair control(network_.client, ftp, {network_.server.ipv4, 21});
  // The helper reads whole lines, each in a segment of its own.
  const auto say = [&](std::string_view line) {
    ASSERT_EQ(::send(control.server_fd(), line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
    std::string got(line.size(), '\0');
    ASSERT_TRUE(eventually([&] { return ::recv(control.client_fd(), got.data(), got.size(), 0) > 0; }));
  };
  const auto announce = [&] {
    say("227 Entering Passive Mode (198,51,100,1,0,22)\r\n");
    ASSERT_NE(network_.server.check({"conntrack", "-L", "expect"}).find("dport=22"), std::string::npos);
  };
  say("220 ready\r\n");
  announce();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  EXPECT_GE(backend_->denied().value().packets, 1U);

  // A lock that lets related packets pass is open: the helper did its part.
  take_away();
  network_.server.check({"nft", "-f", "-"}, kRelatedLock);
  announce();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
}

// To tracking, a SYN that is repeated because its answer was lost belongs to an established connection.
TEST_F(Established, ASynThatIsRepeatedUnderAnExistingRuleIsNotRefused) {
  network_.server.check({"nft", "-f", "-"},
                        "table inet theirs { chain in { type filter hook input priority 0; tcp dport 22 accept; }; }");
  // Two answers are lost; of those that the server sends by itself the third arrives.
  network_.client.check({"nft", "-f", "-"},
                        "table inet lossy { chain in { type filter hook input priority 0; tcp flags & (syn | ack) == "
                        "(syn | ack) quota until 179 bytes drop; }; }");
  Lock wanted = lock();
  wanted.existing_rules = ExistingRules::honor;
  wanted.deny = DenyAction::reject;
  replace(wanted);
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, 2 * kPatience), Outcome::connected);
  EXPECT_GE(backend_->denied().value().packets, 1U) << "the repeated SYN came in";
}

}  // namespace
}  // namespace jitgate::netns
