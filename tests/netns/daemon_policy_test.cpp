// The policy that is set through the API, with real packets.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonPolicy : public DaemonTest {
 protected:
  DaemonPolicy() {
    daemon_.settings.policy_by_api = true;
    daemon_.start();
  }
  ExecResult set(const std::string& yaml) const {
    write_text(daemon_.scratch().file("ports.yaml"), yaml);
    return daemon_.cli({"policy", "set", daemon_.scratch().file("ports.yaml")});
  }
  /// The HTTP status.
  std::string take_away() const {
    return network_.server.check({"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", "DELETE",
                                  "--unix-socket", daemon_.socket_path(), "http://jitgate/v1/policy"});
  }
  static constexpr const char* kSsh = "ports: [{number: 22, protocol: TCP}]\n";
};

TEST_F(DaemonPolicy, LocksAndUnlocksAndLeavesTheRulesetAsItWas) {
  ASSERT_TRUE(opens(network_.stranger, kTcp4));
  const auto before = ruleset();
  auto session = connect(network_.stranger, kTcp4);
  const auto done = set(kSsh);
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp6));
  EXPECT_TRUE(opens(network_.stranger, kUdp4));
  EXPECT_TRUE(session.alive()) << "it was there before";
  EXPECT_EQ(text(daemon_.status(), "policyAuthority"), "api");
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(take_away(), "204");
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
  EXPECT_EQ(ruleset(), before);
  EXPECT_EQ(daemon_.condition(id), "PolicyChanged");
  EXPECT_TRUE(session.alive());
}

TEST_F(DaemonPolicy, RejudgesGrantsWithoutAMomentOpen) {
  ASSERT_EQ(set(kSsh).status, 0);
  const auto kept = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto lost = daemon_.request("22/tcp", network_.stranger.ipv4, "10m");
  const auto narrower = "ports:\n  - {number: 22, protocol: TCP, allowedSourceAddressPrefix: " + network_.client.ipv4 +
                        "}\n  - {number: 23, protocol: TCP}\n";
  const auto done = set(narrower);
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
  EXPECT_EQ(daemon_.condition(kept), "Initiated");
  EXPECT_EQ(daemon_.condition(lost), "PolicyChanged");
  EXPECT_EQ(set("ports: [{number: 0, protocol: TCP}]\n").status, 1);
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "what is wrong changes nothing";
}

TEST_F(DaemonPolicy, OutlivesTheProcessTheTableAndTheStore) {
  ASSERT_EQ(set(kSsh).status, 0);
  daemon_.kill();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  daemon_.start();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_NE(daemon_.run({"--config", daemon_.config_path(), "--render"}).out.find("tcp . 22"), std::string::npos);
  EXPECT_NE(daemon_.run({"--config", daemon_.config_path(), "--check-config"}).out.find("1 policy ports, set through"),
            std::string::npos);
  daemon_.stop();
  // As after a boot on a broken disk: no table, and a store that cannot be read.
  nft({"delete", "table", "inet", "jitgate"});
  ASSERT_TRUE(opens(network_.stranger, kTcp4));
  write_text(daemon_.state_directory() + "/state.db", "this is no database");
  daemon_.start();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_EQ(daemon_.state(), "degraded");
}

TEST_F(DaemonPolicy, ReloadKeepsItAndRefusesTwoPolicies) {
  ASSERT_EQ(set(kSsh).status, 0);
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  daemon_.settings.policy_by_api = false;
  EXPECT_FALSE(daemon_.reload());
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23)) << "not the file's";
  EXPECT_NE(daemon_.reasons().find("policy.authority"), std::string::npos) << daemon_.reasons();
}

TEST_F(DaemonPolicy, IsOutOfForceWhileDisabled) {
  ASSERT_EQ(set(kSsh).status, 0);
  ASSERT_EQ(daemon_.cli({"disable"}).status, 0);
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
  EXPECT_FALSE(table_stands());
  ASSERT_EQ(set("ports: [{number: 23, protocol: TCP}]\n").status, 0);
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23));
  ASSERT_EQ(daemon_.cli({"enable"}).status, 0);
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
}

}  // namespace
}  // namespace jitgate::netns
