// A server of grants, polled and subscribed to, with the real daemon and real packets.
#include <gmock/gmock.h>

#include "tests/netns/hub_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class DaemonHub : public HubTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void start() { HubTest::start(GetParam(), GetParam() == std::string("poll") ? ", interval: PT1S" : ""); }
};

INSTANTIATE_TEST_SUITE_P(Modes, DaemonHub, ::testing::Values("subscribe", "poll"),
                         [](const auto& mode) { return std::string(mode.param); });

TEST_P(DaemonHub, WhatIsPublishedOpensAndWhatIsRemovedCloses) {
  start();
  EXPECT_TRUE(refused(network_.client, kTcp4));
  publish("g-1", network_.client.ipv4, 600s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  auto session = connect(network_.client, kTcp4);
  hub_->remove("g-1");
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_TRUE(session.alive());
  EXPECT_EQ(source_state(), "ready");
}

TEST_P(DaemonHub, ItClosesOnTimeThoughTheServerStillHasIt) {
  start();
  publish("g-1", network_.client.ipv4, 4s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_TRUE(eventually([&] { return daemon_.condition("g-1") == "Expired"; }, kLong));
}

TEST_P(DaemonHub, ARevocationClosesWhatTheServerGranted) {
  start();
  publish("g-1", network_.client.ipv4, 600s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  hub_->publish("end", revocation_document("g-1"));
  EXPECT_TRUE(closes(network_.client, kTcp4));
}

TEST_P(DaemonHub, AServerThatIsGoneTakesNothingWithIt) {
  start();
  publish("g-1", network_.client.ipv4, 600s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  close_hub();
  EXPECT_TRUE(eventually([&] { return source_state() == "unreachable"; }, kLong));
  EXPECT_THAT(daemon_.reasons(), HasSubstr("source hub: "));
  EXPECT_TRUE(opens(network_.client, kTcp4));
  daemon_.kill();
  daemon_.start_with_file();
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "it starts from its store";
  open_hub();
  publish("g-2", network_.stranger.ipv4, 600s);
  EXPECT_TRUE(eventually([&] { return opens(network_.stranger, kTcp4); }, kLong));
  EXPECT_TRUE(closes(network_.client, kTcp4)) << "the server that is back does not hold the first one any more";
}

TEST_P(DaemonHub, WhatHappensWhileItIsCutOffIsCaughtUpWith) {
  start();
  publish("g-1", network_.client.ipv4, 600s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  hub_->set_available(false);
  hub_->disconnect_all();
  hub_->remove("g-1");
  publish("g-2", network_.stranger.ipv4, 600s);
  EXPECT_TRUE(eventually([&] { return source_state() == "unreachable"; }, kLong));
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  hub_->set_available(true);
  EXPECT_TRUE(eventually([&] { return opens(network_.stranger, kTcp4); }, kLong));
  EXPECT_TRUE(closes(network_.client, kTcp4));
}

TEST_P(DaemonHub, ADisabledHostTakesItInWhenItIsEnabled) {
  start();
  ASSERT_EQ(daemon_.cli({"disable"}).status, 0);
  publish("g-1", network_.client.ipv4, 600s);
  EXPECT_TRUE(eventually([&] { return source_state() == "unreachable"; }, kLong));
  ASSERT_EQ(daemon_.cli({"enable"}).status, 0);
  EXPECT_TRUE(gets_open()) << daemon_.log();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
}

TEST_P(DaemonHub, AReloadWithoutTheSourceEndsItsGrants) {
  start();
  publish("g-1", network_.client.ipv4, 600s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  daemon_.settings.more.clear();
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition("g-1"), "PolicyChanged");
}

class DaemonHubSilence : public HubTest {};

TEST_F(DaemonHubSilence, ClosesAfterAMinuteAndOpensWithTheNextWord) {
  start("subscribe", ", onSilence: {closeAfter: PT1M}");
  publish("g-1", network_.client.ipv4, 600s);
  ASSERT_TRUE(gets_open()) << daemon_.log();
  const auto entries = hub_->entries();
  close_hub();
  EXPECT_TRUE(eventually([&] { return source_state() == "silent"; }, 2 * kLong));
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition("g-1"), "Initiated");
  daemon_.kill();
  daemon_.start_with_file();
  EXPECT_TRUE(refused(network_.client, kTcp4)) << "a restart opens nothing";
  open_hub();
  hub_->publish_all(entries);
  EXPECT_TRUE(gets_open()) << daemon_.log();
  EXPECT_EQ(daemon_.audited("source.silent"), 2U);
}

class DaemonHubPolicy : public HubTest {
 protected:
  void start() {
    daemon_.settings.policy_by_api = true;
    configure("subscribe");
    daemon_.write_config();
    std::string text = read_text(daemon_.config_path());
    const std::string by_api = "authority: api";
    text.replace(text.find(by_api), by_api.size(),
                 "authority: {source: hub, within: {lockable: [22, 23], minimum: [\"22/TCP\"]}}");
    write_text(daemon_.config_path(), text);
    daemon_.start_with_file();
  }
  static std::string policy(const std::string& ports) { return R"({"ports": [)" + ports + "]}"; }
  static std::string port(int number) {
    return R"({"number": )" + std::to_string(number) +
           R"(, "protocol": "TCP", "allowedSourceAddressPrefix": "*", "maxRequestAccessDuration": "PT3H"})";
  }
};

TEST_F(DaemonHubPolicy, TheMinimumIsLockedBeforeTheSourceSaysAnything) {
  close_hub();
  open_hub();
  start();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23));
}

TEST_F(DaemonHubPolicy, TheSourceLocksWhatItMayAndUnlocksItAgain) {
  hub_->set_policy(policy(port(22) + "," + port(23)));
  start();
  EXPECT_TRUE(closes(network_.stranger, kTcp4, 23)) << daemon_.reasons();
  hub_->set_policy(policy(port(22)));
  EXPECT_TRUE(eventually([&] { return opens(network_.stranger, kTcp4, 23); }, kLong));
  hub_->set_policy(policy(port(23)));
  EXPECT_TRUE(closes(network_.stranger, kTcp4, 23));
  EXPECT_TRUE(refused(network_.stranger, kTcp4)) << "the minimum stays";
}

TEST_F(DaemonHubPolicy, WhatItMayNotLockIsRefusedAndTheLastPolicyStays) {
  hub_->set_policy(policy(port(22) + "," + port(23)));
  start();
  ASSERT_TRUE(closes(network_.stranger, kTcp4, 23));
  hub_->set_policy(policy(port(443)));
  EXPECT_TRUE(eventually([&] { return daemon_.reasons().find("443/TCP is not in") != std::string::npos; }, kLong))
      << daemon_.reasons();
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
  daemon_.kill();
  close_hub();
  daemon_.start_with_file();
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23)) << "it is kept over a restart without the source";
}

}  // namespace
}  // namespace jitgate::netns
