// Many clients at once, for as long as --seconds says, and what ten thousand connections do to the ends of grants.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "bench/daemon_process.hpp"
#include "bench/figures.hpp"
#include "bench/network.hpp"
#include "bench/process.hpp"
#include "bench/request_load.hpp"

namespace jitgate::bench {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kDaemonUser = 1;
constexpr std::size_t kClients = 50;
constexpr std::size_t kConnections = 10'000;
constexpr std::size_t kSlow = 32;
constexpr int kGrants = 100;

/// One a transaction (the daemon logs the audit's newest record with each).
std::size_t transactions(const std::string& log) {
  std::ifstream file(log);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) count += line.find("audit head ") == std::string::npos ? 0 : 1;
  return count;
}

/// The sources that a listing of the kernel's set has.
std::set<std::string> listed(const std::string& directory) {
  const std::string list = directory + "/elements";
  if (await_end(start_process({"nft", "-nn", "list", "set", "inet", "jitgate", "allow4_32"}, list)) != 0)
    fail("nft list set");
  std::ifstream file(list);
  std::set<std::string> sources;
  for (std::string word; file >> word;) {
    if (word.starts_with("10.")) sources.insert(word);
  }
  return sources;
}

bool is_open(const std::string& source) {
  const std::string element = "{ " + source + " . tcp . 22 }";
  return await_end(start_process({"nft", "get", "element", "inet", "jitgate", "allow4_32", element})) == 0;
}

/// Every reply has a grant of its own, every grant its entry, and there is no other entry. The kernel lists a set in
/// pieces, and may skip some while the set grows: what is not listed is asked for by itself.
void check(const LoadResult& load, const std::string& directory) {
  if (!load.refused.empty()) fail("a request was refused: " + load.refused.front());
  std::set<std::string> ids;
  std::set<std::string> sources;
  for (const LoadReply& reply : load.granted) {
    ids.insert(reply.id);
    sources.insert(reply.source);
  }
  if (ids.size() != load.granted.size()) fail("two replies have the same grant");
  const std::set<std::string> entries = listed(directory);
  if (!std::ranges::includes(sources, entries)) fail("the kernel has an entry that nobody asked for");
  for (const std::string& source : sources) {
    if (!entries.contains(source) && !is_open(source)) fail("the kernel has no entry for " + source);
  }
}

/// The connections of a flood, opened and written to for as long as it lives.
class Flood {
 public:
  explicit Flood(const std::string& socket) : thread_([this, socket](std::stop_token stop) { run(socket, stop); }) {
    opened_.wait(false);
  }

 private:
  void run(const std::string& socket, const std::stop_token& stop) {
    run_as_a_client();
    HeldConnections slow;
    slow.open(socket, kDaemonUser, kSlow, "GET /v1/status HTTP/1.1\r\nX: ");
    HeldConnections idle;
    idle.open(socket, kDaemonUser, kConnections);
    opened_ = true;
    opened_.notify_all();
    while (!stop.stop_requested()) {
      HeldConnections more;
      more.open(socket, kDaemonUser, kSlow);
      slow.send_a_byte();
    }
  }

  std::atomic<bool> opened_ = false;
  std::jthread thread_;
};

/// From the end of each of some grants until the daemon saw to it, by its own clock.
Samples expiry_delays(const DaemonProcess& daemon, std::uint32_t first) {
  Samples delays;
  double before = daemon.metric("jitgate_expiry_delay_seconds_sum");
  for (int i = 0; i < kGrants; ++i) {
    const double count = daemon.metric("jitgate_expiry_delay_seconds_count");
    daemon.request_access(dotted(hosts_of_ten(first + static_cast<std::uint32_t>(i), 1).front()), "PT1S");
    while (daemon.metric("jitgate_expiry_delay_seconds_count") == count) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const double after = daemon.metric("jitgate_expiry_delay_seconds_sum");
    delays.add((after - before) * 1e3);
    before = after;
  }
  return delays;
}

}  // namespace

Figure measure_load(const Options& options) {
  const std::string directory = options.directory + "/load";
  std::filesystem::create_directories(directory);
  std::filesystem::permissions(options.directory, std::filesystem::perms(0755));
  const Network network;
  const DaemonProcess daemon(options.daemon, directory);
  daemon.await_ready();
  const LoadResult load =
      run_load({daemon.socket(), kClients, std::chrono::seconds(options.seconds), {kRoot, kDaemonUser}});
  check(load, directory);
  Figure figure{"50 clients, " + std::to_string(static_cast<int>(load.seconds)) +
                    " s: " + std::to_string(static_cast<int>(static_cast<double>(load.granted.size()) / load.seconds)) +
                    " requests/s, " + std::to_string(load.granted.size()) + " in " +
                    std::to_string(transactions(directory + "/log")) + " transactions",
                "us",
                {{"POST /v1/requests to its reply, durable and open", {}, "none lost, none doubled"}}};
  for (const LoadReply& reply : load.granted) figure.lines[0].samples.add(reply.microseconds);
  return figure;
}

Figure measure_expiry(const Options& options) {
  const rlimit files{2 * kConnections, 2 * kConnections};
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) fail_errno("setrlimit");
  const std::string directory = options.directory + "/expiry";
  std::filesystem::create_directories(directory);
  std::filesystem::permissions(options.directory, std::filesystem::perms(0755));
  const Network network;
  const DaemonProcess daemon(options.daemon, directory);
  daemon.await_ready();
  Figure figure{
      "from a grant's end to the daemon's seeing to it",
      "ms",
      {{"nobody else", {}, ""}, {"10,000 connections, 32 never end a request, more come", {}, "50 later at most"}}};
  figure.lines[0].samples = expiry_delays(daemon, 0);
  const Flood flood(daemon.socket());
  figure.lines[1].samples = expiry_delays(daemon, 1000);
  return figure;
}

}  // namespace jitgate::bench
