// Clients that are broken, slow or mean harm: an answer or an end for each, and the daemon goes on.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>
#include <thread>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

/// A connection to the API's socket that speaks whatever it is told to.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error(std::string("connect to the API: ") + std::strerror(errno));
    }
  }
  /// True when the daemon took all of it.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish() const { ::shutdown(socket_.fd(), SHUT_WR); }
  /// What comes until the daemon closes, or until `timeout` without a byte.
  [[nodiscard]] std::string receive(std::chrono::milliseconds timeout = kLong) const {
    std::string all;
    std::array<char, 65536> buffer;
    pollfd polled{socket_.fd(), POLLIN, 0};
    while (::poll(&polled, 1, static_cast<int>(timeout.count())) > 0) {
      const ssize_t got = ::recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  Socket socket_;
};

class DaemonClient : public DaemonTest {
 protected:
  DaemonClient() { daemon_.start(); }

  /// The reply to these bytes, after which nothing more comes from the client.
  [[nodiscard]] std::string reply(const std::string& bytes) const {
    const RawClient client(daemon_.socket_path());
    (void)client.send(bytes);
    client.finish();
    return client.receive();
  }
  void expect_unimpressed() {
    EXPECT_TRUE(daemon_.runs());
    const auto status = daemon_.status();
    EXPECT_EQ(text(status, "state"), "enforcing");
    EXPECT_EQ(status.at("grants").at("active"), 0);
    EXPECT_TRUE(refused(network_.stranger, kTcp4));
  }
};

std::string post(const std::string& fields, const std::string& body) {
  return "POST /v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + fields + "\r\n" + body;
}

const std::string kGrant =
    R"({"ports":[{"number":22,"protocol":"TCP","allowedSourceAddressPrefix":"198.51.100.20","duration":"PT1H"}]})";

TEST_F(DaemonClient, TenMegabytesAreRefused) {
  const std::string body(10 * 1024 * 1024, ' ');
  const auto answer = reply(post("Content-Length: " + std::to_string(body.size()) + "\r\n", body));
  // The rest of the body may reset the connection before the answer is read; the answer itself never grants.
  EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 413")) << answer;
  std::string chunks;
  for (int i = 0; i < 160; ++i) chunks += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  const auto chunked = reply(post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n"));
  EXPECT_TRUE(chunked.empty() || chunked.starts_with("HTTP/1.1 413")) << chunked;
  const auto head = reply("GET /v1/status HTTP/1.1\r\nX: " + std::string(10 * 1024 * 1024, 'x') + "\r\n\r\n");
  EXPECT_TRUE(head.empty() || head.starts_with("HTTP/1.1 431")) << head;
  expect_unimpressed();
}

TEST_F(DaemonClient, SmuggledRequestsAreRefused) {
  const auto length = "Content-Length: " + std::to_string(kGrant.size()) + "\r\n";
  const auto smuggled = post(length, kGrant);
  const std::string attempts[] = {
      post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled),
      post("Content-Length: 4\r\nContent-Length: " + std::to_string(kGrant.size()) + "\r\n", kGrant),
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + smuggled),
      post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + smuggled),
      post("Content-Length : " + std::to_string(kGrant.size()) + "\r\n", kGrant),
      post("Content-Length: +" + std::to_string(kGrant.size()) + "\r\n", kGrant),
      "POST /v1/requests HTTP/1.1\nHost: x\n" + length + "\n" + kGrant,
      "GET /v1/status HTTP/1.1\r\nHost: x\r\n X: folded\r\n\r\n" + smuggled};
  for (const auto& attempt : attempts) {
    const auto answer = reply(attempt);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 501")) << attempt << "\n" << answer;
    EXPECT_EQ(answer.find("HTTP/1.1 2"), std::string::npos) << attempt << "\n" << answer;
  }
  expect_unimpressed();
}

TEST_F(DaemonClient, ATruncatedRequestDoesNothing) {
  const auto whole = post("Content-Length: " + std::to_string(kGrant.size()) + "\r\n", kGrant);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(reply(whole.substr(0, length)).find("HTTP/1.1 2"), std::string::npos) << length;
  }
  expect_unimpressed();
  EXPECT_TRUE(reply(whole).starts_with("HTTP/1.1 201")) << "the whole one is granted";
}

TEST_F(DaemonClient, NoiseDoesNothing) {
  std::mt19937 random(20261121);
  for (int i = 0; i < 200; ++i) {
    std::string noise(random() % 4096, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    EXPECT_EQ(reply(noise).find("HTTP/1.1 2"), std::string::npos);
  }
  for (const char* body : {"", "{", "null", "[]", "{\"ports\":[]}", "{\"ports\":[{}]}", "{\"ports\":1e999}",
                           "{\"ports\":[{\"number\":0}]}", "{\"ports\":[],\"ports\":[]}", "\xff\xfe"}) {
    const std::string content = body;
    const auto answer = reply(post("Content-Length: " + std::to_string(content.size()) + "\r\n", content));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << body << "\n" << answer;
  }
  expect_unimpressed();
}

TEST_F(DaemonClient, OneThatIsSlowHoldsNobodyUp) {
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 16; ++i) {
    slow.push_back(std::make_unique<RawClient>(daemon_.socket_path()));
    EXPECT_TRUE(slow.back()->send("POST /v1/requests HTTP/1.1\r\nContent-Le"));
  }
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
}

TEST_F(DaemonClient, OneThatDoesNotReadHoldsNobodyUp) {
  const RawClient deaf(daemon_.socket_path());
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
  std::thread sender([&] { (void)deaf.send(many); });
  expect_unimpressed();
  daemon_.kill();
  sender.join();
}

}  // namespace
}  // namespace jitgate::netns
