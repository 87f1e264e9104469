#include "tests/netns/daemon_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace jitgate::netns {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

void on_thread(const std::function<void()>& work) {
  std::exception_ptr failure;
  std::thread([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

/// The environment of the test with the given variables in the place of those of the same name.
std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> all = variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const auto& variable : variables) replaced = replaced || variable.starts_with(name);
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

/// What /proc/self/timens_offsets takes to start CLOCK_BOOTTIME at this time; empty: leave it as it is.
std::string boottime_offset(const std::optional<std::chrono::seconds>& boottime) {
  if (!boottime) return {};
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return "boottime " + std::to_string(boottime->count() - now.tv_sec) + " 0\n";
}

/// In the child: only async-signal-safe calls, because the test process has threads. The offset counts from exec on.
bool shift_boottime(const std::string& offset) {
  if (offset.empty()) return true;
  if (::unshare(CLONE_NEWTIME) != 0) return false;
  const int file = ::open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  return file >= 0 && ::write(file, offset.data(), offset.size()) == static_cast<ssize_t>(offset.size());
}

}  // namespace

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) fail("write " + path);
}

MountNamespace::MountNamespace() {
  on_thread([this] {
    if (::unshare(CLONE_NEWNS) != 0) fail("unshare(CLONE_NEWNS), which needs root");
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("make the mounts private");
    fd_ = ::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) fail("open the mount namespace");
  });
}

MountNamespace::~MountNamespace() {
  if (fd_ >= 0) ::close(fd_);
}

void MountNamespace::run(const std::function<void()>& work) const {
  on_thread([&] {
    if (::unshare(CLONE_FS) != 0 || ::setns(fd_, CLONE_NEWNS) != 0) fail("enter the mount namespace");
    work();
  });
}

void MountNamespace::mount_tmpfs(const std::string& at, const std::string& options) const {
  run([&] {
    if (::mount("jitgate-test", at.c_str(), "tmpfs", 0, options.c_str()) != 0) fail("mount a tmpfs at " + at);
  });
}

void MountNamespace::bind(const std::string& source, const std::string& at) const {
  run([&] {
    if (::mount(source.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0) fail("bind " + source + " to " + at);
  });
}

void MountNamespace::remount(const std::string& at, bool read_only) const {
  run([&] {
    unsigned long flags = MS_BIND | MS_REMOUNT;
    if (read_only) flags |= MS_RDONLY;
    if (::mount("none", at.c_str(), nullptr, flags, nullptr) != 0) fail("remount " + at);
  });
}

Process::Process(const std::vector<std::string>& command, const Surroundings& surroundings, const std::string& log) {
  const auto variables = environment_with(surroundings.environment);
  const auto arguments = pointers(command);
  const auto environment = pointers(variables);
  const auto offset = boottime_offset(surroundings.boottime);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) fail("open " + log);
  int running[2];
  if (::pipe2(running, O_CLOEXEC) != 0) fail("pipe");
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    if (::setns(surroundings.network.fd(), CLONE_NEWNET) != 0) ::_exit(126);
    if (surroundings.mounts != nullptr && ::setns(surroundings.mounts->fd(), CLONE_NEWNS) != 0) ::_exit(126);
    if (!shift_boottime(offset)) ::_exit(126);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    // A server of the test's own would live on in it: Asio's sockets are inherited...
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execvpe(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  ::close(output);
  // ... until it runs: that closes its end of the pipe.
  ::close(running[1]);
  char nothing = 0;
  while (::read(running[0], &nothing, 1) < 0 && errno == EINTR) continue;
  ::close(running[0]);
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) fail("pidfd_open");
}

Process::~Process() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    wait(std::chrono::minutes(1));
  }
  ::close(pidfd_);
}

void Process::signal(int number) const {
  if (!status_ && ::kill(pid_, number) != 0) fail("kill");
}

std::optional<int> Process::wait(std::chrono::milliseconds timeout) {
  if (status_) return status_;
  pollfd polled{pidfd_, POLLIN, 0};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const int got = ::poll(&polled, 1, std::max(0, static_cast<int>(left.count())));
    if (got > 0) break;
    if (got == 0) return std::nullopt;
    if (errno != EINTR) fail("poll");
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

}  // namespace jitgate::netns
