// What the daemon's death and return change: nothing.
#include <csignal>
#include <cstdio>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonRestart : public DaemonTest {
 protected:
  /// One established connection each way, under grants of this length.
  std::vector<Session> connect_under_grants(const std::string& duration) {
    for (const Way way : kWays) {
      ids_.push_back(daemon_.request(port_text(way, 22), address_of(network_.client, way), duration));
    }
    std::vector<Session> sessions;
    for (const Way way : kWays) sessions.push_back(connect(network_.client, way));
    return sessions;
  }
  static ::testing::AssertionResult all_alive(std::vector<Session>& sessions) {
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (!sessions[i].alive()) return ::testing::AssertionFailure() << to_string(kWays[i]) << " was cut";
    }
    return ::testing::AssertionSuccess();
  }
  std::vector<std::string> ids_;
};

TEST_F(DaemonRestart, ClosesOnTimeWhileTheDaemonIsDead) {
  daemon_.start();
  auto sessions = connect_under_grants("8s");
  daemon_.kill();
  EXPECT_TRUE(all_refused(network_.stranger));
  for (const Way way : kWays) EXPECT_TRUE(closes(network_.client, way)) << to_string(way);
  EXPECT_TRUE(all_alive(sessions));

  daemon_.start();
  for (const auto& id : ids_) {
    EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
  }
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(all_refused(network_.client));
  EXPECT_TRUE(all_alive(sessions));
  daemon_.kill();
  daemon_.start();
  for (const auto& id : ids_) {
    EXPECT_EQ(daemon_.operations(id), (std::vector<std::string>{"grant.open", "grant.expire"})) << "recorded once";
  }
  EXPECT_TRUE(all_refused(network_.client));
}

TEST_F(DaemonRestart, KeepsGrantsWithTheTimeTheyStillHave) {
  daemon_.start();
  auto sessions = connect_under_grants("10m");
  const auto before = daemon_.remaining(ids_[0]);
  daemon_.kill();
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "the kernel knows it without the daemon";
  EXPECT_TRUE(all_refused(network_.stranger));
  daemon_.start();
  for (const Way way : kWays) EXPECT_TRUE(opens(network_.client, way)) << to_string(way);
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_LE(daemon_.remaining(ids_[0]), before);
  EXPECT_GT(daemon_.remaining(ids_[0]), before - 120) << "not started anew, and not shortened";
  EXPECT_EQ(daemon_.status().at("grants").at("active"), 4);
  EXPECT_EQ(daemon_.drift(), 0);
  EXPECT_TRUE(all_alive(sessions));
  EXPECT_EQ(daemon_.condition(ids_[0]), "Initiated");
}

TEST_F(DaemonRestart, ARestoredGrantClosesOnTime) {
  daemon_.start();
  const auto asked = std::chrono::steady_clock::now();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "6s");
  daemon_.kill();
  daemon_.start();
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_GE(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(5980));
  EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
}

TEST_F(DaemonRestart, TerminationLeavesTheLocksUp) {
  daemon_.start();
  auto sessions = connect_under_grants("10m");
  EXPECT_EQ(daemon_.stop(), 0);
  EXPECT_TRUE(table_stands());
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(all_alive(sessions));
  daemon_.start();
  EXPECT_TRUE(opens(network_.client, kUdp6));
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(all_alive(sessions));
}

TEST_F(DaemonRestart, ASecondInstanceSaysSoAndEnds) {
  daemon_.start();
  const auto rules = ruleset();
  const auto second = daemon_.run({"--config", daemon_.config_path()});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find("another jitgated is running (pid " + std::to_string(daemon_.pid()) + ")"),
            std::string::npos)
      << second.err;
  EXPECT_EQ(ruleset(), rules);
  EXPECT_EQ(daemon_.state(), "enforcing");
}

TEST_F(DaemonRestart, ASecondInstanceWithAStateOfItsOwnSaysSoAndEnds) {
  daemon_.start();
  const auto rules = ruleset();
  auto config = read_text(daemon_.config_path());
  const auto replace = [&config](const std::string& from, const std::string& to) {
    const auto at = config.find(from);
    ASSERT_NE(at, std::string::npos) << config;
    config.replace(at, from.size(), to);
  };
  replace(daemon_.state_directory(), daemon_.scratch().file("other"));
  replace("/sock}", "/other.sock}");
  const auto other = daemon_.scratch().file("other.yaml");
  write_text(other, config);
  const auto expected = "another jitgated keeps the rules of this network (pid " + std::to_string(daemon_.pid()) + ")";
  const auto second = daemon_.run({"--config", other});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find(expected), std::string::npos) << second.err;
  const auto early = daemon_.run({"--lock", "--config", other});
  EXPECT_EQ(early.status, 0) << early.err;
  EXPECT_NE(early.out.find(expected), std::string::npos) << early.out;
  EXPECT_EQ(ruleset(), rules);
  EXPECT_EQ(daemon_.drift(), 0);
}

TEST_F(DaemonRestart, AWrongConfigurationAfterNoOtherLeavesTheTableThatStands) {
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  ASSERT_EQ(std::remove((daemon_.state_directory() + "/accepted.yaml").c_str()), 0);
  const auto rules = ruleset();
  write_text(daemon_.config_path(), "version: 1\npolicy:\n  ports:\n    - {number: 70000, protocol: TCP}\n");
  daemon_.launch();
  EXPECT_EQ(daemon_.wait(), 1);
  EXPECT_NE(daemon_.log().find(daemon_.config_path() + ":4:16: "), std::string::npos);
  EXPECT_EQ(ruleset(), rules);
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(opens(network_.client, kTcp4));
}

TEST_F(DaemonRestart, OverAFileThatCannotBeUsedTheLastOneThatCouldHolds) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.stop();
  // As after a boot: no table stands.
  ASSERT_EQ(daemon_.run({"--release"}).status, 0);
  ASSERT_EQ(std::remove((daemon_.scratch().file("run") + "/released").c_str()), 0);
  write_text(daemon_.config_path(), "version: 1\npolicy: {ports: [{number: 70000, protocol: TCP}]}\n");
  daemon_.start_with_file();
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(id), "Initiated");
  EXPECT_NE(daemon_.reasons().find("the last configuration that could be used is in force"), std::string::npos);
  daemon_.write_config();
  EXPECT_TRUE(daemon_.reload_file());
  EXPECT_EQ(daemon_.reasons().find("in force"), std::string::npos);
}

TEST_F(DaemonRestart, AFirstStartOverAFileThatCannotBeUsedFails) {
  write_text(daemon_.config_path(), "version: [\n");
  daemon_.launch();
  EXPECT_EQ(daemon_.wait(), 1);
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
}

}  // namespace
}  // namespace jitgate::netns
