#include <filesystem>

#include "bench/daemon_process.hpp"
#include "bench/figures.hpp"
#include "bench/network.hpp"
#include "bench/process.hpp"
#include "bench/ruleset_events.hpp"

namespace jitgate::bench {
namespace {

constexpr double kMillisecond = 1000;

std::string fresh_directory(const Options& options) {
  std::string directory = options.directory + "/start";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  return directory;
}

}  // namespace

Figure measure_start(const Options& options) {
  Figure figure{"exec to the lock in the kernel",
                "ms",
                {{"`nft -f` with two rules and a set", {}, ""}, {"jitgated, empty store", {}, "10 ms or less"}}};
  for (int round = 0; round < options.rounds; ++round) {
    const std::string directory = fresh_directory(options);
    {
      const Network network;
      figure.lines[0].samples.add(microseconds([&] {
                                    run_nft(
                                        "table inet raw { set locked { type inet_proto . inet_service; elements = { "
                                        "tcp . 22 }; }\n chain input { type filter hook input priority -10; ct "
                                        "state established accept; meta l4proto . th dport @locked drop; }; }\n",
                                        directory);
                                  }) /
                                  kMillisecond);
    }
    const Network network;
    RulesetEvents events;
    std::unique_ptr<DaemonProcess> daemon;
    figure.lines[1].samples.add(microseconds([&] {
                                  daemon = std::make_unique<DaemonProcess>(options.daemon, directory);
                                  events.await_elements("locked", 1);
                                }) /
                                kMillisecond);
    daemon->await_ready();
  }
  return figure;
}

Figure measure_memory(const Options& options) {
  Figure figure{"memory of an idle jitgated",
                "MB",
                {{"resident", {}, "12 MB or less"}, {"of it its own", {}, ""}, {"of it pages of files", {}, ""}}};
  const Network network;
  const DaemonProcess daemon(options.daemon, fresh_directory(options));
  daemon.await_ready();
  daemon.request_access("10.0.0.1");
  constexpr double kMegabyte = 1024;
  figure.lines[0].samples.add(daemon.memory("VmRSS") / kMegabyte);
  figure.lines[1].samples.add(daemon.memory("RssAnon") / kMegabyte);
  figure.lines[2].samples.add(daemon.memory("RssFile") / kMegabyte);
  return figure;
}

}  // namespace jitgate::bench
