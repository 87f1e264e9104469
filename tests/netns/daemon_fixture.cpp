#include "tests/netns/daemon_fixture.hpp"

#include <regex>
#include <stdexcept>

namespace jitgate::netns {

std::string to_string(Way way) {
  return std::string(way.tcp ? "Tcp" : "Udp") + (way.ipv6 ? "6" : "4");
}

const std::string& address_of(const Host& host, Way way) {
  return way.ipv6 ? host.ipv6 : host.ipv4;
}

std::string port_text(Way way, int number) {
  return std::to_string(number) + (way.tcp ? "/tcp" : "/udp");
}

Doors::Doors(const Host& server)
    : tcp4_(server, {server.ipv4, 22}),
      tcp6_(server, {server.ipv6, 22}),
      other_tcp4_(server, {server.ipv4, 23}),
      other_tcp6_(server, {server.ipv6, 23}),
      udp4_(server, {server.ipv4, 22}),
      udp6_(server, {server.ipv6, 22}),
      other_udp4_(server, {server.ipv4, 23}),
      other_udp6_(server, {server.ipv6, 23}) {}

const TcpListener& Doors::tcp(int number, bool ipv6) const {
  if (number == 22) return ipv6 ? tcp6_ : tcp4_;
  return ipv6 ? other_tcp6_ : other_tcp4_;
}

bool Session::alive() {
  if (auto* pair = std::get_if<TcpPair>(&ends_)) return pair->echoes();
  return udp_round_trip(std::get<Socket>(ends_).fd(), kPatience) == Outcome::connected;
}

bool Session::dead() {
  if (auto* pair = std::get_if<TcpPair>(&ends_)) return !pair->echoes(kSilence);
  return udp_round_trip(std::get<Socket>(ends_).fd(), kSilence) != Outcome::connected;
}

DaemonTest::DaemonTest() {
  // Every refusal is answered, however many come: the limit of ICMP errors would make silence of some.
  network_.server.sysctl("net/ipv4/icmp_ratelimit", "0");
  network_.server.sysctl("net/ipv6/icmp/ratelimit", "0");
}

DaemonTest::~DaemonTest() {
  if (HasFailure()) GTEST_LOG_(INFO) << "the daemon's log:\n" << daemon_.log();
}

Outcome DaemonTest::knock(const Host& from, Way way, int number, const std::string& source) {
  const Endpoint to{address_of(network_.server, way), static_cast<std::uint16_t>(number)};
  Endpoint at{source.empty() ? address_of(from, way) : source};
  if (way.tcp) return tcp_connects(from, to, kPatience, at);
  // A flow that was let in once stays established: a knock from its port would ride on it.
  at.port = next_udp_port_++;
  return udp_echoes(from, to, kPatience, at);
}

bool DaemonTest::opens(const Host& from, Way way, int number, const std::string& source) {
  return knock(from, way, number, source) == Outcome::connected;
}

bool DaemonTest::refused(const Host& from, Way way, int number, const std::string& source) {
  // TCP is answered with a reset, UDP with "administratively prohibited"; a port without a listener would be Outcome::
  // refused for UDP.
  return knock(from, way, number, source) == (way.tcp ? Outcome::refused : Outcome::unreachable);
}

Session DaemonTest::connect(const Host& from, Way way, int number, const std::string& source) {
  const Endpoint to{address_of(network_.server, way), static_cast<std::uint16_t>(number)};
  const Endpoint at{source.empty() ? address_of(from, way) : source};
  if (way.tcp) return Session(TcpPair(from, doors_.tcp(number, way.ipv6), to, at));
  Socket udp = udp_connect(from, to, at);
  if (udp_round_trip(udp.fd(), kPatience) != Outcome::connected) throw std::runtime_error("no UDP to " + to.address);
  return Session(std::move(udp));
}

::testing::AssertionResult DaemonTest::all_refused(const Host& from) {
  for (const Way way : kWays) {
    for (const int number : {22, 23}) {
      const auto outcome = knock(from, way, number);
      if (outcome != (way.tcp ? Outcome::refused : Outcome::unreachable)) {
        return ::testing::AssertionFailure() << to_string(way) << " to " << number << ": " << outcome;
      }
    }
  }
  return ::testing::AssertionSuccess();
}

bool DaemonTest::closes(const Host& from, Way way, int number, const std::string& source) {
  return eventually([&] { return refused(from, way, number, source); }, kLong);
}

ExecResult DaemonTest::nft(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{"nft"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return network_.server.exec(command);
}

std::string DaemonTest::ruleset() const {
  const auto listed = network_.server.check({"nft", "-s", "-n", "list", "ruleset"});
  // What packets left in the sets that count them is no rule.
  const auto uncounted = std::regex_replace(listed, std::regex("\\n\\s*elements = \\{[^}]*counter[^}]*\\}"), "");
  return std::regex_replace(uncounted, std::regex(" timeout [0-9a-z]+"), " timeout");
}

bool DaemonTest::table_stands() const {
  return nft({"list", "table", "inet", "jitgate"}).status == 0;
}

bool DaemonTest::has_element(const std::string& element) const {
  return nft({"-n", "list", "table", "inet", "jitgate"}).out.find(element) != std::string::npos;
}

}  // namespace jitgate::netns
