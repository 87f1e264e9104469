#include <array>
#include <random>

#include "bench/figures.hpp"
#include "bench/firewall.hpp"
#include "bench/packet_path.hpp"
#include "platform/system_clock.hpp"

namespace jitgate::bench {
namespace {

constexpr std::size_t kManyGrants = 100'000;
constexpr int kBurstsPerRound = 100;
// Within 10.0.0.0/8: who is granted something, who has a connection, who is denied.
constexpr std::uint32_t kGranted = 0x200000;
constexpr std::uint32_t kConnected = 0x010000;
constexpr std::uint32_t kDenied = 0x100000;
constexpr std::uint32_t kDeniedHosts = 0x10000;

using Hosts = std::vector<std::uint32_t>;

/// A host with the lock and so many grants, and connections to the locked port that outlived theirs.
struct LockedHost {
  LockedHost(const Network& client, int number, std::size_t grants, const Clock& clock)
      : path(client, number), firewall(make_firewall(clock, context)), clock_(clock) {
    must(firewall->commit(lock_only({Transport::udp, port(PacketPath::kLocked)})));
    const Hosts hosts = hosts_of_ten(kGranted, grants);
    for (std::size_t at = 0; at < hosts.size(); at += kMaxEntriesPerTransaction) {
      open(Hosts(hosts.begin() + static_cast<std::ptrdiff_t>(at),
                 hosts.begin() + static_cast<std::ptrdiff_t>(std::min(at + kMaxEntriesPerTransaction, hosts.size()))));
    }
  }

  void open(const Hosts& hosts) {
    ChangeEntries change;
    for (const auto host : hosts) {
      change.put.push_back({allow_key(host, Transport::udp), clock_.boot_now() + std::chrono::hours(1)});
    }
    must(firewall->commit(change));
  }

  void connect(const Network& client, UdpEnd& sender, const Hosts& hosts) {
    open(hosts);
    client.enter();
    sender.send(path.address(), PacketPath::kLocked, hosts);
    path.at(PacketPath::kLocked).echo();
    if (sender.drain() != hosts.size()) fail("no connection through a grant");
    ChangeEntries change;
    for (const auto host : hosts) change.close.push_back(allow_key(host, Transport::udp));
    must(firewall->commit(change));
  }

  boost::asio::io_context context;
  PacketPath path;
  std::unique_ptr<NftBackend> firewall;

 private:
  const Clock& clock_;
};

/// Nanoseconds a packet, the sender's share included. `delivered`: how many of the burst must arrive.
double burst(UdpEnd& sender, PacketPath& path, std::uint16_t port, const Hosts& sources, std::size_t delivered) {
  const double took = microseconds([&] { sender.send(path.address(), port, sources); });
  if (path.at(port).drain() != delivered) fail("a packet took another way than it should");
  return took * 1000 / static_cast<double>(sources.size());
}

/// So many that neither the set's buckets nor the flows are all in the processor's cache.
Hosts random_denied(std::mt19937& random) {
  Hosts hosts;
  std::uniform_int_distribution<std::uint32_t> any(0, kDeniedHosts - 1);
  while (hosts.size() < UdpEnd::kBurst) hosts.push_back(hosts_of_ten(kDenied + any(random), 1).front());
  return hosts;
}

}  // namespace

std::vector<Figure> measure_packet(const Options& options) {
  Figure delivered{"a packet that is delivered, veth, sending included",
                   "ns",
                   {{"no jitgate, no connection tracking", {}, ""},
                    {"no jitgate, connection tracking on", {}, ""},
                    {"port not in the policy", {}, ""},
                    {"established, locked port, 1 grant", {}, ""},
                    {"established, locked port, 100,000 grants", {}, "that of 1 grant"}}};
  Figure denied{"a packet that is denied, veth, sending included",
                "ns",
                {{"1 grant", {}, ""}, {"100,000 grants", {}, "1, within noise"}}};
  const auto clock = make_system_clock();
  const Network client;
  run({"ip", "route", "add", "local", "10.0.0.0/8", "dev", "lo"});  // every such address is ours to send from
  UdpEnd sender(0);
  PacketPath plain(client, 1);
  PacketPath tracked(client, 2);
  run_nft("table inet raw { chain input { type filter hook input priority -10; ct state established accept; }; }\n",
          options.directory);
  LockedHost one(client, 3, 1, *clock);
  LockedHost many(client, 4, kManyGrants, *clock);
  const Hosts connected = hosts_of_ten(kConnected, UdpEnd::kBurst);
  one.connect(client, sender, connected);
  many.connect(client, sender, connected);

  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same hosts in every run
  client.enter();
  for (int i = 0; i < options.rounds * kBurstsPerRound; ++i) {
    const auto add = [&](Figure& figure, std::size_t line, PacketPath& path, std::uint16_t port, const Hosts& sources) {
      const std::size_t arrive = &figure == &delivered ? sources.size() : 0;
      figure.lines[line].samples.add(burst(sender, path, port, sources, arrive));
    };
    add(delivered, 0, plain, PacketPath::kOther, connected);
    add(delivered, 1, tracked, PacketPath::kOther, connected);
    add(delivered, 2, one.path, PacketPath::kOther, connected);
    add(delivered, 3, one.path, PacketPath::kLocked, connected);
    add(delivered, 4, many.path, PacketPath::kLocked, connected);
    const Hosts strangers = random_denied(random);
    add(denied, 0, one.path, PacketPath::kLocked, strangers);
    add(denied, 1, many.path, PacketPath::kLocked, strangers);
  }
  return {delivered, denied};
}

}  // namespace jitgate::bench
