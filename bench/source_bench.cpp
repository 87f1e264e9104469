// From publishing a grant to the first packet that it lets through, by source; and how long a snapshot takes. Real
// daemon, real packets, side by side in one run (docs/bench.md).
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "bench/table.hpp"
#include "tests/netns/daemon.hpp"
#include "tests/netns/probe.hpp"
#include "tests/netns/source_documents.hpp"
#include "tests/source_server/grant_server.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::bench {
namespace {

using namespace std::chrono_literals;
using namespace jitgate::netns;
using SteadyClock = std::chrono::steady_clock;

constexpr int kRounds = 200;
constexpr int kSnapshots = 5;
constexpr std::size_t kMany = 10'000;

double milliseconds_since(SteadyClock::time_point begun) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begun).count();
}

/// A locked port 22, a directory of signed files and a server of grants.
class Rig {
 public:
  Rig() {
    keygen_.make_key("approver", "ed25519");
    std::filesystem::create_directory(spool_);
    ::chmod(spool_.c_str(), 0755);
    const std::string signers = daemon_.scratch().file("allowed_signers");
    write_text(signers, std::string(kApprover) + " " + keygen_.public_key("approver") + "\n");
    ::chmod(signers.c_str(), 0644);
    daemon_.settings.limits = ", grantsPerRequestor: 20000, grantsPerSource: 20000";
    daemon_.settings.more = "sources:\n  - {name: spool, type: directory, path: " + spool_ +
                            "}\n  - {name: hub, type: http, unsigned: true, url: \"" + hub_->url() +
                            "\"}\ntrust: {allowedSigners: " + signers + ", signers: {" + kApprover +
                            ": {ports: [22], may: [approve]}}}\n";
    daemon_.start();
  }

  [[nodiscard]] std::string document() {
    return grant_document("g-" + std::to_string(++published_), network_.client.ipv4, 1h, "server");
  }

  double subscribe() {
    const std::string key = std::to_string(published_);
    const std::string bytes = document();
    const auto begun = SteadyClock::now();
    hub_->publish(key, bytes);
    const double taken = await(true, begun);
    hub_->remove(key);
    await(false, begun);
    return taken;
  }
  double directory() {
    const std::string bytes = document();
    const std::string file = spool_ + "/one.json";
    write_text(file + ".sig", keygen_.sign("approver", bytes));
    write_text(spool_ + "/.one", bytes);
    const auto begun = SteadyClock::now();
    std::filesystem::rename(spool_ + "/.one", file);
    const double taken = await(true, begun);
    std::filesystem::remove(file);
    std::filesystem::remove(file + ".sig");
    await(false, begun);
    return taken;
  }
  double snapshot() {
    settle();
    std::vector<DeliveredDocument> all;
    for (std::size_t i = 1; i < kMany; ++i) {
      const auto n = ++published_;
      const auto address =
          "10." + std::to_string(n >> 16 & 255) + "." + std::to_string(n >> 8 & 255) + "." + std::to_string(n & 255);
      all.push_back({std::to_string(n), grant_document("g-" + std::to_string(n), address, 1h, "server")});
    }
    // The newest is opened last; asking the daemon instead would keep it from its work.
    all.push_back({"last", document()});
    const auto begun = SteadyClock::now();
    hub_->publish_all(all);
    const double taken = await(true, begun, 10ms);
    if (active() != kMany) throw std::runtime_error("not all of them are open");
    for (const auto& entry : all) hub_->remove(entry.key);
    while (active() > 0) continue;
    return taken;
  }

 private:
  /// Until the ends of what was there before are recorded: a request is written behind them.
  void settle() { (void)daemon_.json({"revoke", daemon_.request("22/tcp", "192.0.2.1", "10m")}); }
  /// `pause` between two attempts, which cost a processor: what takes long leaves the daemon its own.
  double await(bool open, SteadyClock::time_point begun, std::chrono::milliseconds pause = 0ms) {
    const Endpoint door{network_.server.ipv4, 22};
    // Nobody accepts: its queue must not fill up.
    door_.reset();
    door_ = std::make_unique<TcpListener>(network_.server, Endpoint{network_.server.ipv4, 22});
    while ((tcp_connects(network_.client, door, 1s) == Outcome::connected) != open) std::this_thread::sleep_for(pause);
    return milliseconds_since(begun);
  }
  std::size_t active() { return daemon_.status().at("grants").at("active").to_number<std::size_t>(); }

  TestNetwork network_;
  std::unique_ptr<TcpListener> door_;
  Daemon daemon_{network_.server};
  signature::SshKeygen keygen_;
  std::string spool_ = daemon_.scratch().file("grants.d");
  std::unique_ptr<testing_server::GrantServer> hub_ = network_.server.run([] {
    testing_server::GrantServer::Options options;
    // Or whoever is that far behind is disconnected, and what is measured is the jitter of the next attempt.
    options.history = 10 * kMany;
    return std::make_unique<testing_server::GrantServer>(std::move(options));
  });
  std::size_t published_ = 0;
};

void measure() {
  Rig rig;
  Figure latency{"published to the first packet let through",
                 "ms",
                 {{"http, subscribe, not signed", {}, "p50 < 5"}, {"directory, signed (ed25519)", {}, "p50 < 5"}}};
  for (int i = 0; i < kRounds; ++i) {
    latency.lines[0].samples.add(rig.subscribe());
    latency.lines[1].samples.add(rig.directory());
  }
  Figure many{"10,000 grants published at once, all in the kernel", "ms", {{"http, subscribe", {}, "< 1000"}}};
  for (int i = 0; i < kSnapshots; ++i) many.lines[0].samples.add(rig.snapshot());
  print_heading();
  print(latency);
  print(many);
}

}  // namespace
}  // namespace jitgate::bench

int main() {
  try {
    jitgate::bench::measure();
    return 0;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "source_bench: %s\n", failed.what());
    return 1;
  }
}
