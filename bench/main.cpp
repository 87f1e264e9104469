// What the figures of docs/bench.md come from: everything side by side, in one run, in network namespaces of its own.
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "bench/figures.hpp"
#include "bench/process.hpp"

namespace jitgate::bench {

std::vector<std::uint32_t> hosts_of_ten(std::uint32_t first, std::size_t count) {
  std::vector<std::uint32_t> hosts(count);
  for (std::size_t i = 0; i < count; ++i) hosts[i] = (10U << 24) + ((first + static_cast<std::uint32_t>(i)) & 0xffffff);
  return hosts;
}

std::string dotted(std::uint32_t host) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += (text.empty() ? "" : ".") + std::to_string(host >> shift & 0xff);
  return text;
}

namespace {

namespace fs = std::filesystem;

/// Ours while the program runs.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& parent) : path_(parent + "/jitgate-bench.XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) fail_errno("mkdtemp in " + parent);
  }
  ~TemporaryDirectory() {
    std::error_code failed;
    fs::remove_all(path_, failed);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Other work on the machine would be measured too. What is started here inherits it, so that all are treated alike.
void go_before_others() {
  const sched_param lowest_of_realtime{1};
  if (::sched_setscheduler(0, SCHED_FIFO, &lowest_of_realtime) != 0) {
    std::fprintf(stderr, "without real-time priority: other work on this machine disturbs the figures\n");
  }
}

void measure(const Options& options, const std::string& only) {
  const auto wanted = [&only](const char* name) { return only.empty() || only == name; };
  print_heading();
  if (wanted("ack")) print(measure_ack(options));
  if (wanted("request")) {
    print(measure_request(options, options.directory, "disk"));
    print(measure_request(options, options.memory_directory, "tmpfs"));
  }
  if (wanted("load")) print(measure_load(options));
  if (wanted("expiry")) print(measure_expiry(options));
  if (wanted("restore")) print(measure_restore(options));
  if (wanted("start")) print(measure_start(options));
  if (wanted("memory")) print(measure_memory(options));
  if (wanted("packet")) {
    for (const auto& figure : measure_packet(options)) print(figure);
  }
  if (wanted("honor")) {
    for (const auto& figure : measure_honor(options)) print(figure);
    print(measure_reload(options));
  }
}

}  // namespace
}  // namespace jitgate::bench

int main(int argc, char** argv) {
  try {
    using namespace jitgate::bench;
    Options options;
    options.daemon = fs::read_symlink("/proc/self/exe").parent_path() / "../agent/daemon/jitgated";
    std::string directory = "/var/tmp";
    std::string memory_directory = "/dev/shm";
    std::string only;
    CLI::App app{"Measures jitgate beside a minimal raw netlink program and nft, in network namespaces of its own."};
    app.add_option("--rounds", options.rounds, "how often each is measured")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--seconds", options.seconds, "of sustained load")->check(CLI::Range(1, 600))->capture_default_str();
    app.add_option("--directory", directory, "on the file system to measure")->capture_default_str();
    app.add_option("--memory-directory", memory_directory, "on a tmpfs")->capture_default_str();
    app.add_option("--daemon", options.daemon, "jitgated to measure");
    app.add_option("--only", only)
        ->check(CLI::IsMember({"ack", "request", "load", "expiry", "restore", "start", "memory", "packet", "honor"}));
    CLI11_PARSE(app, argc, argv);
    const TemporaryDirectory disk(directory);
    const TemporaryDirectory memory(memory_directory);
    options.directory = disk.path();
    options.memory_directory = memory.path();
    go_before_others();
    measure(options, only);
    return 0;
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "jitgate_bench: %s\n", broken.what());
    return 1;
  }
}
