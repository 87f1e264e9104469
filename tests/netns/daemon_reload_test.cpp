// SIGHUP: a new configuration as a whole, or none of it.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonReload : public DaemonTest {};

TEST_F(DaemonReload, APortThatIsAddedIsLockedAndKeepsItsConnections) {
  daemon_.settings.ports = {{22, "TCP", {}}, {22, "UDP", {}}};
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto tcp4 = connect(network_.stranger, kTcp4, 23);
  auto tcp6 = connect(network_.stranger, kTcp6, 23);
  daemon_.settings.ports = Settings().ports;
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(tcp4.alive());
  EXPECT_TRUE(tcp6.alive());
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "what was granted before stays granted";
  EXPECT_EQ(daemon_.condition(id), "Initiated");
  EXPECT_EQ(daemon_.status().at("ports").as_array().size(), 4U);
  EXPECT_EQ(daemon_.drift(), 0);
}

TEST_F(DaemonReload, APortThatIsRemovedIsLiftedAndItsGrantsEnd) {
  daemon_.start();
  const auto removed = daemon_.request("23/tcp", network_.client.ipv4, "10m");
  const auto kept = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto session = connect(network_.client, kTcp4, 23);
  daemon_.settings.ports = {{22, "TCP", {}}, {22, "UDP", {}}};
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23));
  EXPECT_TRUE(opens(network_.stranger, kUdp6, 23));
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
  EXPECT_TRUE(session.alive());
  EXPECT_EQ(daemon_.condition(removed), "PolicyChanged");
  EXPECT_EQ(daemon_.condition(kept), "Initiated");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  // Locked again, the grant of before does not come back.
  daemon_.settings.ports = Settings().ports;
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(refused(network_.client, kTcp4, 23));
  EXPECT_TRUE(session.alive());
  EXPECT_EQ(daemon_.condition(removed), "PolicyChanged");
}

TEST_F(DaemonReload, ABadFileChangesNothingAndIsReported) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto rules = ruleset();
  const std::string bad[] = {"version: 1\npolicy: {ports: [{number: 70000, protocol: TCP}]}\n", "version: [\n",
                             "version: 1\nunknown: 1\n", std::string("\0\xff\xfe", 3), ""};
  for (const auto& content : bad) {
    write_text(daemon_.config_path(), content);
    EXPECT_FALSE(daemon_.reload_file()) << content;
    EXPECT_NE(daemon_.reasons().find("configuration: not reloaded"), std::string::npos);
    EXPECT_NE(daemon_.reasons().find("jitgate.yaml"), std::string::npos) << daemon_.reasons();
    EXPECT_EQ(ruleset(), rules);
  }
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_EQ(daemon_.condition(id), "Initiated");
  ASSERT_TRUE(daemon_.reload()) << "the good one again";
  EXPECT_EQ(daemon_.reasons(), "[]");
}

TEST_F(DaemonReload, WhatOnlyARestartCanChangeIsRefused) {
  daemon_.start();
  const auto rules = ruleset();
  daemon_.settings.ports = {{22, "TCP", {}}};
  daemon_.settings.own_table = "off";
  EXPECT_FALSE(daemon_.reload());
  EXPECT_NE(daemon_.reasons().find("enforcement.ownTable"), std::string::npos) << daemon_.reasons();
  EXPECT_EQ(ruleset(), rules) << "the ports of the same file neither";
  EXPECT_TRUE(all_refused(network_.stranger));
  daemon_.kill();
  daemon_.start();
  EXPECT_EQ(daemon_.reasons(), "[]");
  EXPECT_FALSE(daemon_.status().at("backend").at("ownsTable").as_bool());
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23));
}

TEST_F(DaemonReload, DenyActionAndModeChangeAtOnce) {
  daemon_.start();
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
  daemon_.settings.deny_action = "drop";
  ASSERT_TRUE(daemon_.reload());
  EXPECT_EQ(tcp_connects(network_.stranger, {network_.server.ipv4, 22}, kSilence), Outcome::timed_out);
  daemon_.settings.mode = "audit";
  ASSERT_TRUE(daemon_.reload());
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
  EXPECT_EQ(daemon_.state(), "audit");
}

}  // namespace
}  // namespace jitgate::netns
