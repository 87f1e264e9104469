// Locks off and on: disable, enable, and a trial that ends by itself.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonActivation : public DaemonTest {};

TEST_F(DaemonActivation, DisableGivesTheRulesetBackAsItWas) {
  network_.server.check({"nft", "-f", "-"},
                        "table inet mine { set s { type ipv4_addr; elements = { 192.0.2.1 }; }; "
                        "chain input { type filter hook input priority 0; ip saddr @s drop; }; }");
  const auto before = ruleset();
  daemon_.start();
  EXPECT_NE(ruleset(), before);
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_EQ(text(daemon_.json({"disable"}), "state"), "disabled");
  EXPECT_EQ(ruleset(), before);
  for (const Way way : kWays) EXPECT_TRUE(opens(network_.stranger, way)) << to_string(way);
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
}

TEST_F(DaemonActivation, DisableLastsOverARestart) {
  daemon_.start();
  (void)daemon_.json({"disable"});
  daemon_.kill();
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "disabled");
  EXPECT_FALSE(table_stands());
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
  const auto refusal = daemon_.cli({"request", "--port", "22/tcp", "--source", "192.0.2.1", "--duration", "1m"});
  EXPECT_EQ(refusal.status, 1);
  EXPECT_NE(refusal.err.find("disabled"), std::string::npos) << refusal.err;

  EXPECT_EQ(text(daemon_.json({"enable"}), "state"), "enforcing");
  EXPECT_TRUE(all_refused(network_.stranger));
  daemon_.kill();
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonActivation, GrantsAndConnectionsOutliveDisableAndEnable) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto session = connect(network_.client, kTcp4);
  (void)daemon_.json({"disable"});
  EXPECT_TRUE(session.alive());
  auto from_between = connect(network_.stranger, kTcp6);
  (void)daemon_.json({"enable"});
  EXPECT_TRUE(session.alive());
  EXPECT_TRUE(from_between.alive());
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_EQ(daemon_.condition(id), "Initiated");
}

TEST_F(DaemonActivation, AnUnconfirmedTrialLiftsItself) {
  daemon_.start();
  (void)daemon_.json({"disable"});
  const auto started = std::chrono::steady_clock::now();
  const auto status = daemon_.json({"enable", "--confirm", "4s"});
  EXPECT_TRUE(status.at("trialEndsUtc").is_string());
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(eventually([&] { return opens(network_.stranger, kTcp4); }, kLong));
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(3980));
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "disabled"; }, kLong));
  EXPECT_TRUE(eventually([&] { return !table_stands(); }, kLong));
  EXPECT_EQ(daemon_.audited("lock.trialEnd"), 1U);
  EXPECT_EQ(daemon_.cli({"enable", "--confirmed"}).status, 1) << "too late";
}

TEST_F(DaemonActivation, TheKernelLiftsATrialWhenTheDaemonIsDead) {
  daemon_.start();
  (void)daemon_.json({"disable"});
  (void)daemon_.json({"enable", "--confirm", "4s"});
  daemon_.kill();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  for (const Way way : kWays) {
    EXPECT_TRUE(eventually([&] { return opens(network_.stranger, way); }, kLong)) << to_string(way);
  }
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "disabled") << "a trial that nobody confirmed is not taken up again";
  EXPECT_TRUE(opens(network_.stranger, kUdp6));
}

TEST_F(DaemonActivation, AConfirmedTrialStays) {
  daemon_.start();
  (void)daemon_.json({"disable"});
  (void)daemon_.json({"enable", "--confirm", "4s"});
  const auto over = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  EXPECT_TRUE(daemon_.json({"enable", "--confirmed"}).at("trialEndsUtc").is_null());
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > over; }, kLong));
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_EQ(daemon_.state(), "enforcing");
  daemon_.kill();
  EXPECT_TRUE(all_refused(network_.stranger));
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "enforcing");
}

}  // namespace
}  // namespace jitgate::netns
