#include <array>

#include "bench/figures.hpp"
#include "bench/firewall.hpp"
#include "bench/network.hpp"
#include "bench/raw_netlink.hpp"
#include "platform/system_clock.hpp"

namespace jitgate::bench {
namespace {

constexpr int kPerRound = 100;
constexpr int kProcessesPerRound = 5;
constexpr const char* kRawTable = "raw";
constexpr const char* kRawSet = "allow4_32";

/// The backend, locked, in a network of its own.
struct Ours {
  explicit Ours(const Clock& clock, boost::asio::io_context& context) : firewall(make_firewall(clock, context)) {
    must(firewall->commit(lock_only({Transport::tcp, port(22)})));
  }
  Network network;
  std::unique_ptr<NftBackend> firewall;
};

double open_one(NftBackend& firewall, const Clock& clock, std::uint32_t host) {
  const ChangeEntries change{{{allow_key(host), clock.boot_now() + std::chrono::hours(1)}}, {}};
  Result<void> done;
  const double took = microseconds([&] { done = firewall.commit(change); });
  must(done);
  return took;
}

double open_by_process(std::uint32_t host) {
  const std::string element = "{ " + dotted(host) + " . tcp . 22 timeout 1h }";
  return microseconds([&] { run({"nft", "add", "element", "inet", kRawTable, kRawSet, element}); });
}

}  // namespace

Figure measure_ack(const Options& options) {
  Figure figure{"new grant to the kernel's acknowledgement",
                "us",
                {{"minimal raw netlink program", {}, ""},
                 {"jitgate, FirewallBackend::commit", {}, "<= 2"},
                 {"jitgate, with its change watcher on, as in the daemon", {}, ""},
                 {"`nft add element` (a process)", {}, ""}}};
  const auto clock = make_system_clock();
  boost::asio::io_context context;
  Network raw_network;
  run_nft(RawNetlink::ruleset(kRawTable, kRawSet), options.directory);
  RawNetlink raw(kRawTable, kRawSet);
  Ours plain(*clock, context);
  Ours watched(*clock, context);
  watched.firewall->watch([](const std::string& reason) { fail("an unexpected foreign change: " + reason); });

  std::uint32_t next = 0;
  for (int round = 0; round < options.rounds; ++round) {
    for (int i = 0; i < kPerRound; ++i) {
      const std::array one{hosts_of_ten(next++, 1).front()};
      figure.lines[0].samples.add(microseconds([&] { raw.open(one); }));
      figure.lines[1].samples.add(open_one(*plain.firewall, *clock, one[0]));
      figure.lines[2].samples.add(open_one(*watched.firewall, *clock, one[0]));
      watched.firewall->drain_events();
    }
    raw_network.enter();
    for (int i = 0; i < kProcessesPerRound; ++i) {
      figure.lines[3].samples.add(open_by_process(hosts_of_ten(next++, 1).front()));
    }
  }
  return figure;
}

}  // namespace jitgate::bench
