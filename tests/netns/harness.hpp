#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

namespace jitgate::netns {

/// What a command that was run in a namespace said. `status` is its exit status, or 128 + the signal that ended it.
struct ExecResult {
  int status = -1;
  std::string out;
  std::string err;
};

/// A network namespace of the test's own, with `lo` up. It has no name: `ip netns` does not see it, and the kernel
/// takes it down with everything in it when the last descriptor, socket and thread are gone. Failure throws
/// std::runtime_error with the reason (the test fails; it is never skipped). Needs root.
class NetworkNamespace {
 public:
  NetworkNamespace();
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  /// Runs `work` on a thread that has entered the namespace, waits for it, and gives its result. Sockets made there
  /// stay in the namespace wherever they are used later. Exceptions come through.
  template <class Work>
  std::invoke_result_t<Work> run(Work work) const {
    using Value = std::invoke_result_t<Work>;
    if constexpr (std::is_void_v<Value>) {
      run_on_thread([&] { work(); });
    } else {
      std::unique_ptr<Value> value;
      run_on_thread([&] { value = std::make_unique<Value>(work()); });
      return std::move(*value);
    }
  }

  /// Runs a command (looked up in PATH) to its end, with `input` on its standard input.
  ExecResult exec(const std::vector<std::string>& command, std::string_view input = {}) const;
  /// As exec(), but throws unless the exit status is 0. Gives the standard output.
  std::string check(const std::vector<std::string>& command, std::string_view input = {}) const;
  /// Writes a file below /proc/sys, as this namespace sees it.
  void sysctl(const std::string& path, const std::string& value) const;
  /// Puts the calling thread into this namespace for good (a forked child, a thread of the test's own).
  void enter() const;

  [[nodiscard]] int fd() const { return fd_; }
  /// A path that programs which take a namespace file accept while this object lives.
  [[nodiscard]] std::string path() const;

 private:
  void run_on_thread(const std::function<void()>& work) const;
  int fd_ = -1;
};

/// A host on the test network: a namespace with one interface, `eth0`.
class Host : public NetworkNamespace {
 public:
  /// The address that is there from the start.
  std::string ipv4;
  std::string ipv6;
};

/// Three hosts on one link (a bridge in a fourth namespace): 198.51.100.0/24 and fd00:51::/64. `server` is .1, `client`
/// .10, `stranger` .20; IPv6 likewise with ::1, ::10, ::20. Duplicate address detection is off: addresses work at once.
class TestNetwork {
 public:
  TestNetwork();

  Host server;
  Host client;
  Host stranger;

  /// Gives `host` (client or stranger) one more address, of any subnet and either family, that the server has a route
  /// to.
  void add_address(const Host& host, const std::string& address) const;

 private:
  void attach(Host& host, int number);
  NetworkNamespace bridge_;
};

}  // namespace jitgate::netns
