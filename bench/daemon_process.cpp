#include "bench/daemon_process.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/process.hpp"

namespace jitgate::bench {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kPoll = std::chrono::milliseconds(2);

std::string socket_path(const std::string& directory) {
  return directory + "/sock";
}

std::string write_config(const std::string& directory) {
  std::string path = directory + "/jitgate.yaml";
  std::ofstream(path) << "version: 1\nhost: {id: " << DaemonProcess::kHost
                      << "}\n"
                         "policy:\n"
                         "  ports:\n"
                         "    - {number: 22, protocol: TCP, allowedSourceAddressPrefix: '*'}\n"
                         "enforcement: {existingRules: override, ownTable: 'on'}\n"
                         "limits: {grantsPerRequestor: 1000000, grantsPerSource: 1000000, requestsPerMinute: 1000000,\n"
                         "  requestBurst: 1000000}\n"
                         "access: {requester: {users: [daemon]}}\n"
                         "api: {socket: "
                      << socket_path(directory) << "}\nstate: {directory: " << DaemonProcess::state_directory(directory)
                      << "}\n";
  return path;
}

/// A connected Unix socket, or -1.
int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (fd < 0 || path.size() >= sizeof address.sun_path) fail("socket " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

DaemonProcess::DaemonProcess(const std::string& program, std::string directory)
    : directory_(std::move(directory)),
      process_(start_process({program, "--config", write_config(directory_)}, directory_ + "/log",
                             {"RUNTIME_DIRECTORY=" + directory_})) {}

DaemonProcess::~DaemonProcess() {
  ::kill(process_, SIGTERM);
  await_end(process_);
}

void DaemonProcess::await_ready() const {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (const int fd = connect_to(socket_path(directory_)); fd >= 0) {
      ::close(fd);
      return;
    }
    std::this_thread::sleep_for(kPoll);
  }
  fail("jitgated does not answer: see " + directory_ + "/log");
}

std::string DaemonProcess::exchange(const std::string& request) const {
  const int fd = connect_to(socket_path(directory_));
  if (fd < 0) fail_errno("connect to jitgated");
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail_errno("send to jitgated");
  std::string answer;
  std::array<char, 4096> buffer;
  const bool to_the_end = request.find("Connection: close") != std::string::npos;
  while (to_the_end || answer.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got == 0 && to_the_end) break;
    if (got <= 0) fail("jitgated closed the connection");
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return answer;
}

void DaemonProcess::request_access(const std::string& source, const std::string& duration) const {
  const std::string body = R"({"ports":[{"number":22,"protocol":"TCP","allowedSourceAddressPrefix":")" + source +
                           R"(","duration":")" + duration + R"("}],"justification":"INC-1234"})";
  const std::string answer = exchange(
      "POST /v1/requests HTTP/1.1\r\nHost: jitgate\r\nContent-Type: application/json\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  if (!answer.starts_with("HTTP/1.1 201")) fail("the request was refused: " + answer);
}

std::string DaemonProcess::socket() const {
  return socket_path(directory_);
}

double DaemonProcess::metric(const std::string& series) const {
  const std::string text = exchange("GET /metrics HTTP/1.1\r\nHost: jitgate\r\nConnection: close\r\n\r\n");
  const auto at = text.find("\n" + series + " ");
  if (at == std::string::npos) fail("no metric " + series);
  return std::stod(text.substr(at + series.size() + 2));
}

double DaemonProcess::memory(const std::string& name) const {
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  double kilobytes = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) kilobytes = std::stod(line.substr(name.size() + 1));
  }
  return kilobytes;
}

}  // namespace jitgate::bench
