// What listens, and whose it is, of real sockets in a namespace of the test's own.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "platform/linux/socket_owners.hpp"
#include "platform/socket_inventory.hpp"
#include "tests/netns/daemon_process.hpp"
#include "tests/netns/probe.hpp"

namespace jitgate::netns {
namespace {

using ::testing::ElementsAre;

/// Names the whole process, as /proc has it, until it goes out of scope.
class ProcessName {
 public:
  explicit ProcessName(const char* name) {
    ::prctl(PR_GET_NAME, before_.data());
    ::prctl(PR_SET_NAME, name);
  }
  ~ProcessName() { ::prctl(PR_SET_NAME, before_.data()); }

 private:
  std::array<char, 16> before_{};
};

/// Another process that holds what this one held when it was made.
class Holder {
 public:
  explicit Holder(const char* name) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ > 0) return;
    ::prctl(PR_SET_NAME, name);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  ~Holder() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
};

SocketReport read(const NetworkNamespace& host) {
  return host.run([] { return make_socket_inventory()->read().value(); });
}

/// "tcp 0.0.0.0:22", with " loopback" where nothing else reaches it.
std::vector<std::string> listed(const SocketReport& report) {
  std::vector<std::string> lines;
  for (const ListeningSocket& one : report.sockets) {
    lines.push_back(std::string(to_string(one.port.transport)) + " " + one.address.to_string() + ":" +
                    std::to_string(one.port.number.value()) + (one.only_loopback ? " loopback" : ""));
  }
  return lines;
}

TEST(SocketInventory, ListsWhatListensOfBothFamiliesAndTransports) {
  const NetworkNamespace host;
  const TcpListener any(host, {"0.0.0.0", 22});
  const TcpListener any6(host, {"::", 2222});
  const TcpListener local(host, {"127.0.0.53", 3389});
  const TcpListener local6(host, {"::1", 5985});
  const UdpEchoServer udp(host, {"0.0.0.0", 3389});
  EXPECT_THAT(listed(read(host)), ElementsAre("tcp 0.0.0.0:22", "tcp :::2222", "tcp 127.0.0.53:3389 loopback",
                                              "tcp ::1:5985 loopback", "udp 0.0.0.0:3389"));
}

TEST(SocketInventory, LeavesOutWhatHasAPeerAndWhatHasEnded) {
  const NetworkNamespace host;
  {
    const TcpListener listener(host, {"127.0.0.1", 22});
    const UdpEchoServer udp(host, {"127.0.0.1", 53});
    TcpPair pair(host, listener, {"127.0.0.1", 22}, {"127.0.0.1", 4000});
    const Socket client = udp_connect(host, {"127.0.0.1", 53}, {"127.0.0.1", 4001});
    EXPECT_THAT(listed(read(host)), ElementsAre("tcp 127.0.0.1:22 loopback", "udp 127.0.0.1:53 loopback"));
  }
  EXPECT_THAT(listed(read(host)), ElementsAre());
}

TEST(SocketInventory, ASocketThatIsBoundToLoIsReachableThroughLoopbackOnly) {
  const NetworkNamespace host;
  const Socket socket = host.run([] {
    Socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::setsockopt(made.fd(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(22);
    EXPECT_EQ(::bind(made.fd(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(made.fd(), 1), 0);
    return made;
  });
  EXPECT_THAT(listed(read(host)), ElementsAre("tcp 0.0.0.0:22 loopback"));
}

TEST(SocketInventory, NamesEveryProcessThatHoldsASocket) {
  const NetworkNamespace host;
  const TcpListener ssh(host, {"0.0.0.0", 2222});
  const Holder child("sshd");
  const ProcessName name("systemd");
  const auto named = [&] {
    const SocketReport report = read(host);
    EXPECT_TRUE(report.processes_readable);
    return report.sockets.at(0).processes == std::vector<std::string>{"sshd", "systemd"};
  };
  EXPECT_TRUE(eventually(named)) << "the child names itself when it runs";
}

TEST(SocketInventory, SaysThatNamesCouldNotBeRead) {
  const NetworkNamespace host;
  auto socket = std::make_unique<TcpListener>(host, Endpoint{"0.0.0.0", 22});
  const Holder child("sshd");
  socket.reset();
  const SocketReport report = host.run([] {
    ::syscall(SYS_setresuid, 65534, 65534, 65534);  // of this thread only
    return make_socket_inventory()->read().value();
  });
  EXPECT_THAT(listed(report), ElementsAre("tcp 0.0.0.0:22"));
  EXPECT_THAT(report.sockets.at(0).processes, ElementsAre());
  EXPECT_FALSE(report.processes_readable);
}

TEST(SocketOwners, ReadsNothingIntoStrangeFiles) {
  namespace fs = std::filesystem;
  const ScratchDirectory proc;
  const auto process = [&](const std::string& name, const std::string& comm, const std::vector<std::string>& links) {
    fs::create_directories(proc.file(name + "/fd"));
    write_text(proc.file(name + "/comm"), comm);
    int number = 0;
    for (const std::string& link : links) fs::create_symlink(link, proc.file(name + "/fd/" + std::to_string(number++)));
  };
  process("10", "good\n", {"/dev/null", "socket:[7]", "socket:[70]"});
  process("11", "\x1b[2J\xff\n", {"socket:[7]"});
  process("12", "other\n", {"socket:[7", "socket:7", "pipe:[7]", "socket:[-7]", "socket:[7x]", "socket:[99999999999]"});
  process("12a", "nobody\n", {"socket:[7]"});
  const SocketOwners owners = find_socket_owners({7, 8}, proc.path());
  EXPECT_TRUE(owners.all_readable);
  ASSERT_EQ(owners.names.size(), 1U);
  EXPECT_THAT(owners.names.at(7), ElementsAre("?[2J?", "good"));
  EXPECT_FALSE(find_socket_owners({7}, proc.file("gone")).all_readable);
}

}  // namespace
}  // namespace jitgate::netns
