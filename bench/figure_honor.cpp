#include <array>
#include <string>

#include "bench/figures.hpp"
#include "bench/firewall.hpp"
#include "bench/packet_path.hpp"
#include "platform/system_clock.hpp"

namespace jitgate::bench {
namespace {

constexpr int kBurstsPerRound = 100;
constexpr std::uint32_t kClients = 0x300000;
constexpr std::uint32_t kTrusted = 0x400000;

using Hosts = std::vector<std::uint32_t>;

/// A small firewall of somebody else, as administrators write it; `rules` more of them that match nothing here.
std::string firewall_of_others(int rules) {
  std::string text =
      "flush ruleset\ntable inet filter { chain input { type filter hook input priority 0; policy drop;\n"
      "ct state established accept\nudp dport 7000 accept\nip saddr 10.64.0.0/16 udp dport 22 accept\n";
  for (int i = 0; i < rules; ++i) text += "ip saddr 192.0.2." + std::to_string(i % 256) + " tcp dport 443 accept\n";
  return text + "}\n}\n";
}

/// A host with that firewall, and with jitgate beside it or without.
struct GuardedHost {
  GuardedHost(const Network& client, int number, const Clock& clock, const Options& options,
              std::optional<ExistingRules> existing_rules)
      : path(client, number) {
    run_nft(firewall_of_others(0), options.directory);
    if (!existing_rules) return;
    firewall = make_firewall(clock, context);
    Lock lock{{{Transport::udp, port(PacketPath::kLocked)}}, {}, DenyAction::drop, std::nullopt};
    lock.existing_rules = *existing_rules;
    must(firewall->commit(ReplaceTable{lock, {}}));
  }

  boost::asio::io_context context;
  PacketPath path;
  std::unique_ptr<NftBackend> firewall;
};

/// Nanoseconds a packet, the sender's share included.
double burst(UdpEnd& sender, PacketPath& path, std::uint16_t port, const Hosts& sources) {
  const double took = microseconds([&] { sender.send(path.address(), port, sources); });
  if (path.at(port).drain() != sources.size()) fail("a packet took another way than it should");
  return took * 1000 / static_cast<double>(sources.size());
}

}  // namespace

std::vector<Figure> measure_honor(const Options& options) {
  Figure other{"a packet to a port that is not in the policy, beside a firewall of others",
               "ns",
               {{"no jitgate", {}, ""}, {"existingRules: override", {}, ""}, {"existingRules: honor", {}, ""}}};
  Figure exposed{"a packet that the firewall of others lets in on a locked port",
                 "ns",
                 {{"no jitgate", {}, ""}, {"existingRules: honor", {}, ""}}};
  const auto clock = make_system_clock();
  const Network client;
  run({"ip", "route", "add", "local", "10.0.0.0/8", "dev", "lo"});  // every such address is ours to send from
  UdpEnd sender(0);
  GuardedHost none(client, 1, *clock, options, std::nullopt);
  GuardedHost overriding(client, 2, *clock, options, ExistingRules::override);
  GuardedHost honoring(client, 3, *clock, options, ExistingRules::honor);
  const Hosts clients = hosts_of_ten(kClients, UdpEnd::kBurst);
  const Hosts trusted = hosts_of_ten(kTrusted, UdpEnd::kBurst);
  client.enter();
  for (int i = 0; i < options.rounds * kBurstsPerRound; ++i) {
    other.lines[0].samples.add(burst(sender, none.path, PacketPath::kOther, clients));
    other.lines[1].samples.add(burst(sender, overriding.path, PacketPath::kOther, clients));
    other.lines[2].samples.add(burst(sender, honoring.path, PacketPath::kOther, clients));
    exposed.lines[0].samples.add(burst(sender, none.path, PacketPath::kLocked, trusted));
    exposed.lines[1].samples.add(burst(sender, honoring.path, PacketPath::kLocked, trusted));
  }
  return {other, exposed};
}

Figure measure_reload(const Options& options) {
  Figure figure{"a firewall of others was reloaded: from its event until our rules are back in its chains",
                "us",
                {{"3 rules", {}, "100,000 us"}, {"1,000 rules", {}, "100,000 us"}}};
  const auto clock = make_system_clock();
  const Network network;
  boost::asio::io_context context;
  const auto firewall = make_firewall(*clock, context);
  firewall->watch([](const std::string&) {});
  Lock lock{{{Transport::tcp, port(PacketPath::kLocked)}}, {}, DenyAction::drop, std::nullopt};
  lock.existing_rules = ExistingRules::honor;
  must(firewall->commit(ReplaceTable{lock, {}}));
  for (int i = 0; i < options.rounds; ++i) {
    for (const auto& [line, rules] : {std::pair(0, 0), std::pair(1, 997)}) {
      run_nft(firewall_of_others(rules), options.directory);
      figure.lines[static_cast<std::size_t>(line)].samples.add(microseconds([&] { firewall->drain_events(); }));
    }
  }
  return figure;
}

}  // namespace jitgate::bench
