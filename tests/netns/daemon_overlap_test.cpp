// Several grants on the same door: each counts until its own end, and no further.
#include <filesystem>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

constexpr const char* kNet4 = "198.51.100.0/24";
constexpr const char* kNet6 = "fd00:51::/64";

class DaemonOverlap : public DaemonTest {
 protected:
  /// A request by another user, who may ask and not administer: its grants replace nobody else's.
  std::string request_as_nobody(const std::string& port, const std::string& source, const std::string& duration) {
    // The program may lie where others cannot read.
    const auto copy = daemon_.scratch().file("jitgate");
    std::filesystem::copy_file(JITGATE_TEST_CLI, copy, std::filesystem::copy_options::skip_existing);
    const auto out = network_.server.check({"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", copy,
                                            "--socket", daemon_.socket_path(), "--json", "request", "--port", port,
                                            "--source", source, "--duration", duration});
    return text(boost::json::parse(out), "id");
  }
};

TEST_F(DaemonOverlap, AShorterGrantInsideALongerOneClosesNothing) {
  daemon_.settings.more = "access: {requester: {users: [nobody]}}\n";
  daemon_.start();
  const auto longer = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto shorter = request_as_nobody("22/tcp", network_.client.ipv4, "2s");
  EXPECT_TRUE(eventually([&] { return daemon_.condition(shorter) == "Expired"; }, kLong));
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(longer), "Initiated");
  (void)daemon_.json({"revoke", longer});
  EXPECT_TRUE(refused(network_.client, kTcp4));
}

TEST_F(DaemonOverlap, ALongerGrantAfterAShorterOneKeepsTheDoorOpen) {
  daemon_.settings.more = "access: {requester: {users: [nobody]}}\n";
  daemon_.start();
  const auto shorter = daemon_.request("22/tcp", network_.client.ipv4, "4s");
  const auto longer = request_as_nobody("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(eventually([&] { return daemon_.condition(shorter) == "Expired"; }, kLong));
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(longer), "Initiated");
}

TEST_F(DaemonOverlap, RevokingTheLongerOneLeavesTheShorterOne) {
  daemon_.settings.more = "access: {requester: {users: [nobody]}}\n";
  daemon_.start();
  const auto longer = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto asked = std::chrono::steady_clock::now();
  (void)request_as_nobody("22/tcp", network_.client.ipv4, "5s");
  (void)daemon_.json({"revoke", longer});
  EXPECT_TRUE(closes(network_.client, kTcp4)) << "the kernel's timeout is the shorter one's now";
  EXPECT_GE(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(4980));
}

TEST_F(DaemonOverlap, AHostInsideANetwork) {
  daemon_.start();
  const auto net4 = daemon_.request("22/tcp", kNet4, "10m");
  const auto net6 = daemon_.request("22/udp", kNet6, "10m");
  const auto host4 = daemon_.request("22/tcp", network_.client.ipv4, "2s");
  const auto host6 = daemon_.request("22/udp", network_.client.ipv6, "2s");
  EXPECT_TRUE(opens(network_.stranger, kTcp4)) << "inside the network";
  EXPECT_TRUE(opens(network_.stranger, kUdp6));
  for (const auto& id : {host4, host6}) {
    EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
  }
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(opens(network_.client, kUdp6));
  (void)daemon_.json({"revoke", net4});
  (void)daemon_.json({"revoke", net6});
  EXPECT_TRUE(all_refused(network_.client));
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonOverlap, AHostThatOutlivesItsNetwork) {
  daemon_.start();
  const auto net = daemon_.request("22/tcp", kNet4, "3s");
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(closes(network_.stranger, kTcp4));
  EXPECT_TRUE(eventually([&] { return daemon_.condition(net) == "Expired"; }, kLong));
  EXPECT_TRUE(opens(network_.client, kTcp4));
}

TEST_F(DaemonOverlap, ANewerRequestReplacesTheOlder) {
  daemon_.start();
  const auto first = daemon_.request("22/tcp", network_.client.ipv4, "1h");
  const auto asked = std::chrono::steady_clock::now();
  const auto second = daemon_.request("22/tcp", network_.client.ipv4, "4s");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(first), "NewerRequestInitiated");
  EXPECT_EQ(daemon_.condition(second), "Initiated");
  EXPECT_EQ(daemon_.status().at("grants").at("active"), 1);
  EXPECT_TRUE(closes(network_.client, kTcp4)) << "the newer one is the shorter, and counts";
  EXPECT_GE(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(3980));
}

TEST_F(DaemonOverlap, ExtendingCountsFromNow) {
  daemon_.start();
  const auto first = daemon_.request("22/tcp", network_.client.ipv4, "5s");
  const auto second = text(daemon_.json({"extend", first, "--duration", "30m"}), "id");
  EXPECT_EQ(daemon_.condition(first), "NewerRequestInitiated");
  EXPECT_GT(daemon_.remaining(second), 20 * 60);
  EXPECT_LE(daemon_.remaining(second), 30 * 60);
  const auto first_end = std::chrono::steady_clock::now() + std::chrono::seconds(6);
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > first_end; }, kLong));
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.cli({"extend", first, "--duration", "30m"}).status, 1) << "it has ended";
}

}  // namespace
}  // namespace jitgate::netns
