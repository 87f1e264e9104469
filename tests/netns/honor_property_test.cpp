// Random firewalls of others and random grants: what real packets get is what the specification says
// (docs/security.md, "Existing rules").
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/netns/nft_fixture.hpp"
#include "tests/netns/random_ruleset.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

constexpr int kLockedPort = 22;
// Longer than any answer on this link takes, shorter than a SYN's first retry.
constexpr auto kQuiet = 60ms;
constexpr int kOpenPort = 23;  // not in the policy

/// "JITGATE_TEST_CASES=2000 JITGATE_TEST_SEED=7" for a longer or a certain run.
unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

struct Probe {
  JudgedPacket packet;
  bool tcp = false;
};

struct Listeners {
  explicit Listeners(const Host& server)
      : locked4(server, {server.ipv4, kLockedPort}),
        locked6(server, {server.ipv6, kLockedPort}),
        open4(server, {server.ipv4, kOpenPort}),
        open6(server, {server.ipv6, kOpenPort}) {}
  TcpListener locked4;
  TcpListener locked6;
  TcpListener open4;
  TcpListener open6;
};

class HonorProperty : public NftTest {
 protected:
  HonorProperty() {
    vocabulary_.ipv4 = {network_.client.ipv4};
    vocabulary_.ipv6 = {network_.client.ipv6};
    for (const auto* extra : {"203.0.113.7", "203.0.113.9"}) add(vocabulary_.ipv4, extra);
    for (const auto* extra : {"2001:db8:7::7", "2001:db8:7::9"}) add(vocabulary_.ipv6, extra);
    vocabulary_.ports = {kLockedPort, kOpenPort};
    for (const int number : vocabulary_.ports) {
      for (const auto* address : {&network_.server.ipv4, &network_.server.ipv6}) listen(*address, number);
    }
    know_neighbours();
    for (const auto& source : {network_.client.ipv4, network_.client.ipv6}) flows_[source] = establish(source);
  }

  void add(std::vector<std::string>& list, const std::string& address) {
    network_.add_address(network_.client, address);
    list.push_back(address);
  }
  void listen(const std::string& address, int number) {
    udp_.push_back(
        std::make_unique<UdpEchoServer>(network_.server, Endpoint{address, static_cast<std::uint16_t>(number)}));
  }
  /// A UDP flow to the locked port from before the lock: established to connection tracking.
  Socket establish(const std::string& source) {
    network_.server.check({"nft", "-f", "-"},
                          "table inet tracking { chain c { type filter hook input priority 0; ct state new; }; }");
    Socket socket = udp_connect(network_.client, {server_address(source), kLockedPort}, {source, 0});
    if (udp_round_trip(socket.fd(), kPatience) != Outcome::connected) throw std::runtime_error("no flow");
    return socket;
  }

  std::string dump() const { return network_.server.check({"nft", "-s", "list", "ruleset"}); }
  /// A firewall that drops neighbour solicitations must not decide what is tested.
  void know_neighbours() const;
  static std::string mac_of(const Host& host);
  void run_case(std::mt19937& random);
  [[nodiscard]] std::vector<Probe> every_probe() const;
  Socket send(const Probe& probe);
  std::vector<bool> passed(const std::vector<Probe>& probes, const std::vector<bool>& expected);

  RandomRuleset::Vocabulary vocabulary_;
  std::vector<std::unique_ptr<UdpEchoServer>> udp_;
  /// No port twice: connection tracking remembers what an earlier case let through.
  std::uint16_t next_port() {
    source_port_ = source_port_ >= 60000 ? 1024 : static_cast<std::uint16_t>(source_port_ + 1);
    return source_port_;
  }

  std::map<std::string, Socket> flows_;
  std::uint16_t source_port_ = 1024;
};

/// A connection attempt or a datagram under way.
Socket HonorProperty::send(const Probe& probe) {
  const Endpoint to{server_address(probe.packet.source), static_cast<std::uint16_t>(probe.packet.port)};
  if (probe.tcp) {
    Socket socket = tcp_connect(network_.client, to, 0ms, {probe.packet.source, next_port()}).socket;
    const linger reset{1, 0};
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return socket;
  }
  Socket socket = probe.packet.established ? Socket(::dup(flows_.at(probe.packet.source).fd()))
                                           : udp_connect(network_.client, to, {probe.packet.source, next_port()});
  // What an earlier case left.
  std::array<char, 64> old{};
  while (::recv(socket.fd(), old.data(), old.size(), MSG_DONTWAIT) > 0) continue;
  if (::send(socket.fd(), "?", 1, MSG_DONTWAIT) < 0 && errno != ECONNREFUSED) throw std::runtime_error("send");
  return socket;
}

/// Which of them passed. All are sent before any is waited for, so that the silence of many costs as much as that of
/// one.
/// Those that are `expected` to pass get all the time that a busy machine takes.
std::vector<bool> HonorProperty::passed(const std::vector<Probe>& probes, const std::vector<bool>& expected) {
  std::vector<Socket> sockets;
  std::vector<pollfd> waiting;
  for (const Probe& probe : probes) {
    sockets.push_back(send(probe));
    waiting.push_back({sockets.back().fd(), static_cast<short>(probe.tcp ? POLLOUT : POLLIN), 0});
  }
  std::vector<bool> results(probes.size(), false);
  const auto begin = std::chrono::steady_clock::now();
  const auto missing = [&] {
    for (std::size_t i = 0; i < probes.size(); ++i) {
      if (expected[i] && !results[i]) return true;
    }
    return false;
  };
  while (std::chrono::steady_clock::now() < begin + (missing() ? kPatience : kQuiet)) {
    ::poll(waiting.data(), waiting.size(), 5);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const short wanted = probes[i].tcp ? POLLOUT : POLLIN;
      if ((waiting[i].revents & wanted) == 0 || (waiting[i].revents & POLLERR) != 0) continue;
      results[i] = true;
      waiting[i].fd = -1;
      waiting[i].revents = 0;
    }
  }
  return results;
}

std::string HonorProperty::mac_of(const Host& host) {
  const std::string link = host.check({"ip", "-o", "link", "show", "dev", "eth0"});
  return link.substr(link.find("link/ether ") + 11, 17);
}

void HonorProperty::know_neighbours() const {
  const auto know = [](const Host& host, const std::string& address, const std::string& mac) {
    host.check({"ip", "neigh", "replace", address, "lladdr", mac, "nud", "permanent", "dev", "eth0"});
  };
  for (const auto& address : {network_.server.ipv4, network_.server.ipv6})
    know(network_.client, address, mac_of(network_.server));
  for (const auto* sources : {&vocabulary_.ipv4, &vocabulary_.ipv6}) {
    for (const std::string& address : *sources) know(network_.server, address, mac_of(network_.client));
  }
}

std::vector<Probe> HonorProperty::every_probe() const {
  std::vector<Probe> probes;
  for (const bool ipv6 : {false, true}) {
    for (const std::string& source : ipv6 ? vocabulary_.ipv6 : vocabulary_.ipv4) {
      for (const int number : vocabulary_.ports) {
        for (const bool tcp : {false, true}) probes.push_back({{ipv6, source, number, false}, tcp});
      }
    }
    probes.push_back({{ipv6, ipv6 ? network_.client.ipv6 : network_.client.ipv4, kLockedPort, true}, false});
  }
  return probes;
}

void HonorProperty::run_case(std::mt19937& random) {
  const auto chance = [&](int percent) { return std::uniform_int_distribution(0, 99)(random) < percent; };
  network_.server.check({"nft", "-f", "-"}, "flush ruleset");
  const RandomRuleset foreign(random, vocabulary_);
  const std::string text = foreign.text();
  SCOPED_TRACE(text);
  const std::string granted4 = vocabulary_.ipv4[1];
  const std::string granted6 = vocabulary_.ipv6[1];
  std::vector<AllowEntry> entries;
  for (const auto& source : {granted4, granted6}) {
    for (const Transport transport : {Transport::tcp, Transport::udp})
      entries.push_back(entry(source, transport, kLockedPort));
  }
  const bool honor = chance(80);
  Lock lock{{port(Transport::tcp, kLockedPort), port(Transport::udp, kLockedPort)}, {}, DenyAction::drop, std::nullopt};
  lock.existing_rules = honor ? ExistingRules::honor : ExistingRules::override;
  std::string before;
  const bool lock_first = chance(40);
  if (lock_first) {
    replace(lock, entries);
    network_.server.check({"nft", "-f", "-"}, text);
    io_.restart();
    io_.poll();
  } else {
    network_.server.check({"nft", "-f", "-"}, text);
    before = dump();
    replace(lock, entries);
  }
  const auto report = backend_->existing_rules(lock);
  ASSERT_TRUE(report) << describe(report.error());
  const Listeners listeners(network_.server);  // new ones: nobody accepts, so their queues would fill
  const std::vector<Probe> probes = every_probe();
  std::vector<bool> expected;
  for (const Probe& probe : probes) {
    const RandomRuleset::Judgement judgement = foreign.judge(probe.packet);
    const bool granted = probe.packet.source == granted4 || probe.packet.source == granted6;
    const bool judged = probe.packet.port == kLockedPort && !probe.packet.established;
    expected.push_back(judged ? granted || (honor && judgement.accepted && !judgement.dropped) : !judgement.dropped);
  }
  const std::vector<bool> results = passed(probes, expected);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const JudgedPacket& packet = probes[i].packet;
    EXPECT_EQ(results[i], expected[i]) << (honor ? "honor " : "override ") << (lock_first ? "lock first " : "")
                                       << (probes[i].tcp ? "tcp " : "udp ") << packet.source << " to " << packet.port
                                       << (packet.established ? " established" : "") << "\n"
                                       << dump();
  }
  require(backend_->commit(RemoveTable{}));
  EXPECT_TRUE(lock_first || dump() == before) << dump();
}

TEST_F(HonorProperty, PacketsGetWhatTheSpecificationSays) {
  const unsigned seed = from_environment("JITGATE_TEST_SEED", std::random_device{}());
  const unsigned cases = from_environment("JITGATE_TEST_CASES", 120);
  std::printf("seed %u, %u rulesets\n", seed, cases);
  std::mt19937 random(seed);
  backend_->watch([](const std::string&) {});
  for (unsigned i = 0; i < cases && !HasFailure(); ++i) {
    SCOPED_TRACE("ruleset " + std::to_string(i) + " of seed " + std::to_string(seed));
    run_case(random);
  }
}

}  // namespace
}  // namespace jitgate::netns
