// The doctor, with a daemon and without, of what really listens beside locks that really stand.
#include <gmock/gmock.h>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonDoctor : public DaemonTest {
 protected:
  static std::vector<std::string> codes(const boost::json::value& report) {
    std::vector<std::string> all;
    for (const auto& finding : report.at("findings").as_array()) {
      const std::string code = text(finding, "code");
      // What the machine that runs the tests is like is not the test's.
      if (code != "clock.notSynchronized" && code != "ruleset.saved") all.push_back(code);
    }
    return all;
  }
  /// "22/tcp locked" for each port.
  static std::vector<std::string> ports(const boost::json::value& report) {
    std::vector<std::string> all;
    for (const auto& port : report.at("ports").as_array()) {
      all.push_back(std::to_string(port.at("number").to_number<int>()) + "/" + text(port, "transport") + " " +
                    text(port, "protection"));
    }
    return all;
  }
  struct Told {
    int status;
    boost::json::value report;
  };
  static Told told(const ExecResult& said) { return {said.status, boost::json::parse(said.out)}; }
  [[nodiscard]] Told ask() const { return told(daemon_.cli({"doctor", "--json"})); }
  [[nodiscard]] Told look() const {
    return told(daemon_.run({"--config", daemon_.config_path(), "--doctor", "--json"}));
  }
};

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(DaemonDoctor, WithoutConfigurationProposesOneThatMakesTheHostHealthy) {
  const TcpListener rdp(network_.server, {network_.server.ipv4, 3389});
  const Told before = look();
  EXPECT_EQ(before.status, 1);
  EXPECT_EQ(text(before.report, "verdict"), "Unhealthy");
  EXPECT_THAT(ports(before.report), ElementsAre("22/tcp unlocked", "3389/tcp unlocked"));
  EXPECT_THAT(codes(before.report), ElementsAre("port.unlocked", "port.unlocked", "config.missing"));
  EXPECT_FALSE(table_stands()) << "looking changes nothing";

  std::string proposal;
  for (const auto& finding : before.report.at("findings").as_array()) {
    if (text(finding, "code") == "config.missing") proposal = text(finding, "remedy");
  }
  write_text(daemon_.config_path(), proposal + "api:\n  socket: " + daemon_.socket_path() +
                                        "\nstate:\n  directory: " + daemon_.state_directory() + "\n");
  daemon_.launch();
  ASSERT_TRUE(eventually([&] { return daemon_.cli({"status"}).status == 0; }, kLong)) << daemon_.log();
  const Told after = ask();
  EXPECT_EQ(after.status, 0);
  EXPECT_EQ(text(after.report, "verdict"), "Healthy");
  EXPECT_THAT(codes(after.report), ElementsAre());
}

TEST_F(DaemonDoctor, KnowsWhatCannotBeReachedAndThatTheKernelTakesTheLock) {
  daemon_.settings.ports = {{22, "TCP", {}}, {3390, "TCP", {}}};
  daemon_.write_config();
  const TcpListener rdp(network_.server, {"127.0.0.1", 3390});
  const Told told = look();
  EXPECT_THAT(ports(told.report), ElementsAre("22/tcp unlocked", "3390/tcp unreachable"));
  EXPECT_THAT(codes(told.report), ElementsAre("port.unlocked", "daemon.notRunning"));
  EXPECT_FALSE(table_stands()) << "what was tried was tried elsewhere";
  EXPECT_EQ(ruleset(), "");
}

TEST_F(DaemonDoctor, WhereNothingCanBeTriedClaimsNothing) {
  daemon_.settings.ports = {{22, "TCP", {}}};
  daemon_.write_config();
  const auto said =
      network_.server.exec({"setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", JITGATE_TEST_DAEMON,
                            "--config", daemon_.config_path(), "--doctor", "--json"});
  EXPECT_THAT(codes(told(said).report), ::testing::Not(::testing::Contains("firewall.unavailable"))) << said.err;
}

TEST_F(DaemonDoctor, FollowsTheLocks) {
  daemon_.start();
  EXPECT_THAT(ports(ask().report), ElementsAre("22/tcp locked", "23/tcp locked", "22/udp locked", "23/udp locked"));
  EXPECT_EQ(ask().status, 0);
  EXPECT_EQ(daemon_.cli({"disable"}).status, 0);
  EXPECT_EQ(ask().status, 1);
  EXPECT_EQ(look().status, 1);
  EXPECT_EQ(daemon_.cli({"enable"}).status, 0);
  EXPECT_EQ(ask().status, 0);
}

TEST_F(DaemonDoctor, CountsWhatOthersLetInUntilItIsAcknowledged) {
  network_.server.check({"nft", "-f", "-"},
                        "table ip f { chain c { type filter hook input priority 0; tcp dport 22 accept; }\n}\n");
  daemon_.settings.existing_rules = "honor";
  daemon_.settings.ports = {{22, "TCP", {}}};
  daemon_.start();
  const Told exposed = ask();
  EXPECT_EQ(exposed.status, 1);
  EXPECT_THAT(codes(exposed.report), ElementsAre("port.exposed"));
  EXPECT_THAT(codes(look().report), ElementsAre("port.exposed"));
  EXPECT_THAT(text(exposed.report.at("findings").at(0), "message"), HasSubstr("ip f c"));
  EXPECT_EQ(daemon_.cli({"acknowledge", "--port", "22/tcp"}).status, 0);
  EXPECT_EQ(ask().status, 0);
}

TEST_F(DaemonDoctor, SaysThatTheDaemonIsGoneAndTheLocksStand) {
  daemon_.settings.own_table = "off";
  daemon_.start();
  daemon_.kill();
  ASSERT_TRUE(table_stands());
  const Told told = look();
  EXPECT_EQ(told.status, 0);
  EXPECT_THAT(codes(told.report), ElementsAre("daemon.notRunning"));
  EXPECT_EQ(daemon_.cli({"doctor"}).status, 3);
}

TEST_F(DaemonDoctor, SaysThatTheConfigurationIsInvalid) {
  write_text(daemon_.config_path(), "version: 1\nnonsense: true\n");
  const Told told = look();
  EXPECT_EQ(told.status, 1);
  EXPECT_THAT(codes(told.report), ElementsAre("port.unlocked", "config.invalid"));
}

}  // namespace
}  // namespace jitgate::netns
