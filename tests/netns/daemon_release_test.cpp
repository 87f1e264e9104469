// The last way in: `jitgated --release`, whatever the daemon does.
#include <csignal>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonRelease : public DaemonTest {
 protected:
  void release(const std::string& duration) {
    const auto result = daemon_.run({"--release", "--for", duration});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("the locks are gone"), std::string::npos) << result.out;
  }
  ::testing::AssertionResult all_open() {
    for (const Way way : kWays) {
      const auto outcome = knock(network_.stranger, way);
      if (outcome != Outcome::connected) return ::testing::AssertionFailure() << to_string(way) << " " << outcome;
    }
    return ::testing::AssertionSuccess();
  }
};

class DaemonReleaseOwning : public DaemonRelease, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(OwnTable, DaemonReleaseOwning, ::testing::Values("on", "off"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(DaemonReleaseOwning, TakesTheLocksAwayForAWhile) {
  daemon_.settings.own_table = GetParam();
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto before = ruleset();
  const auto started = std::chrono::steady_clock::now();
  release("4s");
  EXPECT_TRUE(all_open());
  EXPECT_TRUE(closes(network_.stranger, kTcp4));
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(3980));
  EXPECT_TRUE(eventually([&] { return ruleset() == before; }, kLong)) << ruleset() << "not\n" << before;
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "what was granted is granted again";
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_EQ(daemon_.audited("lock.release"), 1U);
}

TEST_P(DaemonReleaseOwning, WorksWhileTheDaemonHangs) {
  daemon_.settings.own_table = GetParam();
  daemon_.start();
  daemon_.signal(SIGSTOP);
  const auto started = std::chrono::steady_clock::now();
  release("5s");
  EXPECT_TRUE(all_open());
  daemon_.signal(SIGCONT);
  EXPECT_TRUE(closes(network_.stranger, kTcp4));
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(4980)) << "not before its time";
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; }, kLong));
}

TEST_P(DaemonReleaseOwning, ADaemonThatHungForLongerPutsTheLocksBackWhenItRuns) {
  daemon_.settings.own_table = GetParam();
  daemon_.start();
  daemon_.signal(SIGSTOP);
  release("1s");
  const auto over = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > over; }));
  EXPECT_TRUE(all_open());
  daemon_.signal(SIGCONT);
  EXPECT_TRUE(closes(network_.stranger, kTcp4));
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; }, kLong));
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonRelease, WorksWithoutADaemonStoreOrConfiguration) {
  daemon_.start();
  daemon_.kill();
  write_text(daemon_.config_path(), "nonsense");
  write_text(daemon_.state_directory() + "/state.db", "nonsense");
  ASSERT_TRUE(all_refused(network_.stranger));
  release("10m");
  EXPECT_TRUE(all_open());
  EXPECT_FALSE(table_stands());
  release("10m");
  EXPECT_EQ(daemon_.run({"--release", "--for", "soon"}).status, 2);
}

TEST_F(DaemonRelease, ADaemonThatStartsMeanwhileWaitsForItsEnd) {
  daemon_.start();
  daemon_.kill();
  release("10m");
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "disabled");
  EXPECT_NE(daemon_.reasons().find("--release"), std::string::npos) << daemon_.reasons();
  EXPECT_TRUE(all_open());
  (void)daemon_.json({"enable"});
  EXPECT_TRUE(all_refused(network_.stranger)) << "an administrator ends it early";
}

}  // namespace
}  // namespace jitgate::netns
