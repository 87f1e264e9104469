// Ports that are published to a container, as Docker does it: rewritten before the input hook, forwarded, and accepted
// in a chain of Docker's own.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/foreign/foreign_fixture.hpp"
#include "tests/foreign/listing.hpp"

namespace jitgate::netns {
namespace {

constexpr const char* kContainer4 = "172.17.0.2";
constexpr const char* kContainer6 = "fd00:17::2";

/// What Docker 20.10 saves with one container and `-p 8022:22`, with the same for UDP; $NET is its network, $TO the
/// container, $AT the container as a target with a port, $LO loopback.
constexpr const char* kDocker = R"(*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d $TO ! -i docker0 -o docker0 -p tcp -m tcp --dport 22 -j ACCEPT
-A DOCKER -d $TO ! -i docker0 -o docker0 -p udp -m udp --dport 22 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d $LO -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s $NET ! -o docker0 -j MASQUERADE
-A POSTROUTING -s $TO -d $TO -p tcp -m tcp --dport 22 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8022 -j DNAT --to-destination $AT:22
-A DOCKER ! -i docker0 -p udp -m udp --dport 8022 -j DNAT --to-destination $AT:22
COMMIT
)";

std::string fill(const std::vector<std::pair<std::string, std::string>>& places) {
  std::string rules = kDocker;
  for (const auto& [name, value] : places) {
    for (auto at = rules.find(name); at != std::string::npos; at = rules.find(name, at)) {
      rules.replace(at, name.size(), value);
    }
  }
  return rules;
}

class PublishedPort : public ForeignScene {
 protected:
  PublishedPort() {
    network_.server.check({"ip", "-batch", "-"}, "link add docker0 type veth peer name eth0 netns " +
                                                     container_.path() +
                                                     "\naddress add 172.17.0.1/16 dev docker0\n"
                                                     "address add fd00:17::1/64 dev docker0 nodad\n"
                                                     "link set docker0 up\n");
    container_.check({"ip", "-batch", "-"},
                     "address add 172.17.0.2/16 dev eth0\naddress add fd00:17::2/64 dev eth0 nodad\n"
                     "link set eth0 up\nroute add default via 172.17.0.1\nroute add default via fd00:17::1\n");
    network_.server.sysctl("net/ipv4/ip_forward", "1");
    network_.server.sysctl("net/ipv6/conf/all/forwarding", "1");
    for (const char* address : {kContainer4, kContainer6}) {
      tcp_.push_back(std::make_unique<TcpListener>(container_, Endpoint{address, 22}));
      udp_.push_back(std::make_unique<UdpEchoServer>(container_, Endpoint{address, 22}));
    }
    daemon_.settings.ports = {{8022, "TCP", {}}, {8022, "UDP", {}}};
    daemon_.settings.enforcement = ", forwarded: true";
  }
  /// What Docker does when it starts, and when it is restarted.
  void load_docker() {
    network_.server.check({"iptables-restore"}, fill({{"$TO", std::string(kContainer4) + "/32"},
                                                      {"$NET", "172.17.0.0/16"},
                                                      {"$AT", kContainer4},
                                                      {"$LO", "127.0.0.0/8"}}));
    network_.server.check({"ip6tables-restore"}, fill({{"$TO", std::string(kContainer6) + "/128"},
                                                       {"$NET", "fd00:17::/64"},
                                                       {"$AT", "[" + std::string(kContainer6) + "]"},
                                                       {"$LO", "::1/128"}}));
  }
  [[nodiscard]] std::string listing() const { return nft_listing(network_.server) + iptables_listing(network_.server); }
  std::vector<std::string> grant_published() {
    std::vector<std::string> ids;
    for (const Way way : kWays) {
      ids.push_back(daemon_.request(port_text(way, 8022), way.ipv6 ? applicant_.ipv6 : applicant_.ipv4, "10m"));
    }
    return ids;
  }

  Host container_;
  std::vector<Knock> by_stranger_ = knocks(stranger_, {8022});
  std::vector<Knock> by_applicant_ = knocks(applicant_, {8022});

 private:
  std::vector<std::unique_ptr<TcpListener>> tcp_;
  std::vector<std::unique_ptr<UdpEchoServer>> udp_;
};

TEST_F(PublishedPort, IsLockedAndOpenedByAGrant) {
  load_docker();
  EXPECT_TRUE(all_enter(by_stranger_)) << "nobody protects it yet";
  daemon_.start();
  EXPECT_TRUE(none_enters(by_stranger_ + by_applicant_));
  const auto ids = grant_published();
  EXPECT_TRUE(all_enter(by_applicant_));
  EXPECT_TRUE(none_enters(by_stranger_));
  for (const auto& id : ids) (void)daemon_.json({"revoke", id});
  EXPECT_TRUE(none_enters(by_applicant_));
}

TEST_F(PublishedPort, StaysOpenWithoutTheSetting) {
  daemon_.settings.enforcement.clear();
  load_docker();
  daemon_.start();
  EXPECT_TRUE(all_enter(by_stranger_));
  const auto ports = daemon_.status().at("ports").as_array();
  ASSERT_EQ(ports.size(), 2U);
  for (const auto& port : ports) {
    EXPECT_EQ(text(port, "effective"), "exposed") << port;
    const auto& exposures = port.at("exposures").as_array();
    ASSERT_EQ(exposures.size(), 1U) << port;
    EXPECT_EQ(text(exposures[0], "by").find("DNAT to a container"), 0U) << port;
    EXPECT_GE(exposures[0].at("packets").to_number<int>(), 2) << port;
  }
}

TEST_F(PublishedPort, StaysLockedWhileDockerRestarts) {
  daemon_.start();
  load_docker();
  (void)grant_published();
  EXPECT_TRUE(all_enter_at_last(by_applicant_));
  Siege siege(network_.server, stranger_, {8022});
  for (int round = 0; round < 3; ++round) {
    load_docker();
    EXPECT_TRUE(all_enter_at_last(by_applicant_));
  }
  EXPECT_TRUE(eventually([&] { return siege.attempts() > 1000; }));
  siege.end();
  EXPECT_EQ(siege.entered(), 0U) << "of " << siege.attempts();
}

TEST_F(PublishedPort, KeepsItsConnections) {
  load_docker();
  const TcpListener listener(container_, {kContainer4, 23});
  network_.server.check({"iptables", "-t", "nat", "-I", "DOCKER", "-p", "tcp", "--dport", "8022", "-j", "DNAT",
                         "--to-destination", "172.17.0.2:23"});
  network_.server.check({"iptables", "-I", "DOCKER", "-d", "172.17.0.2", "-p", "tcp", "--dport", "23", "-j", "ACCEPT"});
  TcpPair before(network_.stranger, listener, {network_.server.ipv4, 8022});
  daemon_.start();
  EXPECT_TRUE(before.echoes());
  const auto id = daemon_.request("8022/tcp", applicant_.ipv4, "10m");
  TcpPair session(network_.client, listener, {network_.server.ipv4, 8022}, {applicant_.ipv4, 0});
  (void)daemon_.json({"revoke", id});
  EXPECT_TRUE(session.echoes());
  EXPECT_TRUE(none_enters({{applicant_, kTcp4, 8022}}));
}

TEST_F(PublishedPort, OfSomebodyElseIsNotTouched) {
  load_docker();
  daemon_.start();
  const TcpListener elsewhere4(network_.stranger, {network_.stranger.ipv4, 8022});
  const TcpListener elsewhere6(network_.stranger, {network_.stranger.ipv6, 8022});
  for (const auto& address : {network_.stranger.ipv4, network_.stranger.ipv6}) {
    EXPECT_EQ(tcp_connects(container_, {address, 8022}, kPatience), Outcome::connected) << "a container's own traffic";
  }
}

/// More addresses of the host than can be noted: a whole network is local to it.
class PublishedNetwork : public PublishedPort {
 protected:
  static constexpr int kAsked = 5000;
  PublishedNetwork() {
    network_.server.check({"ip", "route", "add", "local", "10.99.0.0/16", "dev", "lo"});
    network_.stranger.check({"ip", "route", "add", "10.99.0.0/16", "via", network_.server.ipv4});
  }
  static std::string address(int number) {
    return "10.99." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
  }
  /// A datagram to each of the first addresses.
  void ask_for_many() {
    // Not connected: refusals are not its business.
    const Socket socket = network_.stranger.run([] { return Socket(::socket(AF_INET, SOCK_DGRAM, 0)); });
    for (int i = 0; i < kAsked; ++i) {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(8022);
      ::inet_pton(AF_INET, address(i).c_str(), &to.sin_addr);
      ASSERT_EQ(::sendto(socket.fd(), "?", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to), 1);
    }
  }
};

TEST_F(PublishedNetwork, IsLockedBeyondTheAddressesThatCanBeNoted) {
  load_docker();
  daemon_.start();
  ask_for_many();
  EXPECT_NE(tcp_connects(network_.stranger, {address(kAsked), 8022}, kSilence), Outcome::connected);
  (void)daemon_.request("8022/tcp", network_.stranger.ipv4, "10m");
  EXPECT_EQ(tcp_connects(network_.stranger, {address(kAsked), 8022}, kPatience), Outcome::connected);
}

TEST_F(PublishedPort, OfSomebodyElseIsNotTouchedThoughItIsRedirected) {
  load_docker();
  network_.server.check({"iptables", "-t", "nat", "-I", "PREROUTING", "-i", "docker0", "-d", "192.0.2.99", "-p", "tcp",
                         "-j", "DNAT", "--to-destination", network_.stranger.ipv4 + ":8022"});
  daemon_.start();
  const TcpListener elsewhere(network_.stranger, {network_.stranger.ipv4, 8022});
  EXPECT_EQ(tcp_connects(container_, {"192.0.2.99", 8022}, kPatience), Outcome::connected);
}

TEST_F(PublishedPort, DisableLeavesDockersRulesAsTheyWere) {
  load_docker();
  const auto before = listing();
  daemon_.start();
  (void)grant_published();
  EXPECT_TRUE(all_enter_at_last(by_applicant_));
  load_docker();
  EXPECT_TRUE(all_enter_at_last(by_applicant_));
  (void)daemon_.json({"disable"});
  EXPECT_EQ(listing(), before);
  EXPECT_TRUE(all_enter(by_stranger_));
}

}  // namespace
}  // namespace jitgate::netns
