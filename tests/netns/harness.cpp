#include "tests/netns/harness.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace jitgate::netns {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
};

/// Feeds `input` and collects both outputs without ever blocking on one of them.
void pump(Pipe& in, Pipe& out, Pipe& err, std::string_view input, ExecResult& result) {
  ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  if (input.empty()) in.close_end(1);
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    std::array<pollfd, 3> polled{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0},
                                 pollfd{in.ends[1], POLLOUT, 0}};
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) fail("poll");
    const auto drain = [](pollfd& from, Pipe& pipe, std::string& to) {
      if (from.fd < 0 || from.revents == 0) return;
      std::array<char, 65536> buffer;
      const ssize_t got = ::read(from.fd, buffer.data(), buffer.size());
      if (got > 0) to.append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0) pipe.close_end(0);
    };
    drain(polled[0], out, result.out);
    drain(polled[1], err, result.err);
    if (polled[2].fd >= 0 && polled[2].revents != 0) {
      const ssize_t put = ::write(in.ends[1], input.data(), input.size());
      if (put > 0) input.remove_prefix(static_cast<std::size_t>(put));
      if (input.empty() || (put < 0 && errno != EAGAIN)) in.close_end(1);
    }
  }
}

std::string join(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      if (::unshare(CLONE_NEWNET) != 0) fail("unshare(CLONE_NEWNET), which needs root");
      fd_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
      if (fd_ < 0) fail("open the network namespace");
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  check({"ip", "link", "set", "lo", "up"});
}

NetworkNamespace::~NetworkNamespace() {
  if (fd_ >= 0) ::close(fd_);
}

std::string NetworkNamespace::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_);
}

void NetworkNamespace::enter() const {
  if (::setns(fd_, CLONE_NEWNET) != 0) fail("setns");
}

void NetworkNamespace::run_on_thread(const std::function<void()>& work) const {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      enter();
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

ExecResult NetworkNamespace::exec(const std::vector<std::string>& command, std::string_view input) const {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Pipe in;
  Pipe out;
  Pipe err;
  ::signal(SIGPIPE, SIG_IGN);
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    // Only async-signal-safe calls: the test process has threads.
    if (::setns(fd_, CLONE_NEWNET) != 0) ::_exit(126);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(in.ends[0], STDIN_FILENO);
    ::dup2(out.ends[1], STDOUT_FILENO);
    ::dup2(err.ends[1], STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);
  ExecResult result;
  pump(in, out, err, input, result);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string NetworkNamespace::check(const std::vector<std::string>& command, std::string_view input) const {
  ExecResult result = exec(command, input);
  if (result.status != 0) {
    throw std::runtime_error(join(command) + ": exit status " + std::to_string(result.status) + ": " + result.err);
  }
  return std::move(result.out);
}

void NetworkNamespace::sysctl(const std::string& path, const std::string& value) const {
  run([&] {
    std::ofstream file("/proc/sys/" + path);
    file << value;
    file.close();
    if (!file) fail("write /proc/sys/" + path);
  });
}

TestNetwork::TestNetwork() {
  bridge_.check({"ip", "-batch", "-"},
                "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
                "link set br0 addrgenmode none\n"
                "link set br0 up\n");
  attach(server, 1);
  attach(client, 10);
  attach(stranger, 20);
}

void TestNetwork::attach(Host& host, int number) {
  const std::string n = std::to_string(number);
  host.ipv4 = "198.51.100." + n;
  host.ipv6 = "fd00:51::" + n;
  bridge_.check({"ip", "-batch", "-"}, "link add port" + n + " type veth peer name eth0 netns " + host.path() +
                                           "\nlink set port" + n + " addrgenmode none\nlink set port" + n +
                                           " master br0\nlink set port" + n + " up\n");
  host.check({"ip", "-batch", "-"}, "link set eth0 addrgenmode none\nlink set eth0 up\naddress add " + host.ipv4 +
                                        "/24 dev eth0\naddress add " + host.ipv6 + "/64 dev eth0 nodad\n");
}

void TestNetwork::add_address(const Host& host, const std::string& address) const {
  const bool ipv6 = address.find(':') != std::string::npos;
  const std::string length = ipv6 ? "/128" : "/32";
  std::vector<std::string> add{"ip", "address", "add", address + length, "dev", "eth0"};
  if (ipv6) add.emplace_back("nodad");
  host.check(add);
  server.check({"ip", ipv6 ? "-6" : "-4", "route", "replace", address + length, "dev", "eth0"});
}

}  // namespace jitgate::netns
