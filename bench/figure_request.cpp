#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "bench/daemon_process.hpp"
#include "bench/figures.hpp"
#include "bench/network.hpp"
#include "bench/process.hpp"
#include "bench/raw_netlink.hpp"

namespace jitgate::bench {
namespace {

constexpr int kPerRound = 10;
constexpr const char* kRawTable = "raw";
constexpr const char* kRawSet = "allow4_32";

/// What a durable commit costs here at the least: one page appended to a file, and fsync.
class Appender {
 public:
  explicit Appender(const std::string& path) : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail_errno(path);
  }
  ~Appender() { ::close(fd_); }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  void append() const {
    const std::array<char, 4096> page{};
    if (::write(fd_, page.data(), page.size()) < 0 || ::fsync(fd_) != 0) fail_errno("fsync");
  }

 private:
  int fd_;
};

}  // namespace

Figure measure_request(const Options& options, const std::string& directory, const std::string& where) {
  Figure figure{"request on the socket to the open port, durable, state on " + where,
                "us",
                {{"`nft add element` (a process; nothing durable)", {}, ""},
                 {"jitgated, POST /v1/requests", {}, "< 1 where fsync < 1000 us"},
                 {"4 KiB appended to a file, and fsync", {}, ""}}};
  const std::string state = directory + "/request";
  std::filesystem::create_directories(state);
  const Appender appender(state + "/appended");
  const Network raw_network;
  run_nft(RawNetlink::ruleset(kRawTable, kRawSet), options.directory);
  const Network network;
  const DaemonProcess daemon(options.daemon, state);
  daemon.await_ready();

  std::uint32_t next = 0;
  for (int i = 0; i < options.rounds * kPerRound; ++i) {
    const std::string host = dotted(hosts_of_ten(next++, 1).front());
    raw_network.enter();
    const std::string element = "{ " + host + " . tcp . 22 timeout 1h }";
    figure.lines[0].samples.add(microseconds([&] {
      run({"nft", "add", "element", "inet", kRawTable, kRawSet, element});
    }));
    figure.lines[1].samples.add(microseconds([&] { daemon.request_access(host); }));
    figure.lines[2].samples.add(microseconds([&] { appender.append(); }));
  }
  // Who was told "created" has a port that is open: the last one stands for all.
  network.enter();
  const std::string last = "{ " + dotted(hosts_of_ten(next - 1, 1).front()) + " . tcp . 22 }";
  const std::vector<std::string> look{"nft", "get", "element", "inet", "jitgate", "allow4_32", last};
  if (await_end(start_process(look)) != 0) fail("jitgated said that a port is open which is not");
  return figure;
}

}  // namespace jitgate::bench
