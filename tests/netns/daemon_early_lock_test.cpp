// `jitgated --lock`: the locks before, and without, the daemon.
#include <filesystem>

#include "tests/netns/base_chains.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonEarlyLock : public DaemonTest {
 protected:
  ExecResult lock() const { return daemon_.run({"--lock", "--config", daemon_.config_path()}); }
  /// Locks, with this in the output.
  void locks(const std::string& said) {
    const auto result = lock();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find(said), std::string::npos) << result.out;
  }
  static constexpr const char* kLocked = "policy ports: 4";
};

TEST_F(DaemonEarlyLock, LocksWithoutStateAndCutsNobody) {
  daemon_.settings.more = "clock: {wait: PT1S}\n";
  daemon_.write_config();
  std::filesystem::remove(daemon_.state_directory());
  auto session = connect(network_.client, kTcp4);
  ASSERT_TRUE(opens(network_.stranger, kTcp4));
  locks(kLocked);
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(session.alive());
  locks(kLocked);
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(session.alive());
  EXPECT_FALSE(std::filesystem::exists(daemon_.state_directory())) << "it makes nothing";
}

TEST_F(DaemonEarlyLock, HonorsExistingRulesAsTheDaemonDoes) {
  daemon_.settings.existing_rules = "honor";
  daemon_.write_config();
  const std::string accept =
      "add table ip mine; add chain ip mine in { type filter hook input priority 0; policy drop; }; "
      "add rule ip mine in tcp dport 23 accept";
  ASSERT_EQ(nft({accept}).status, 0);
  locks(kLocked);
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23));
  EXPECT_FALSE(opens(network_.stranger, kTcp4, 22));
}

TEST_F(DaemonEarlyLock, TheDaemonTakesOver) {
  daemon_.write_config();
  locks(kLocked);
  const auto chains = base_chains(network_.server);
  daemon_.start();
  EXPECT_EQ(base_chains(network_.server), chains) << "on their hooks all along";
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_EQ(daemon_.drift(), 0);
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonEarlyLock, LeavesARunningDaemonsTableAlone) {
  daemon_.settings.ports = {{22, "TCP", {}}};
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.settings.ports.push_back({23, "TCP", {}});
  daemon_.write_config();
  const auto before = ruleset();
  locks("another jitgated is running");
  EXPECT_EQ(ruleset(), before);
  EXPECT_EQ(daemon_.drift(), 0);
}

TEST_F(DaemonEarlyLock, LeavesWhatADeadDaemonGranted) {
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  locks("the locks stand");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  daemon_.settings.ports.push_back({24, "TCP", {}});
  daemon_.write_config();
  locks("policy ports: 5");
  EXPECT_TRUE(all_refused(network_.client)) << "a table that lacks a lock is built anew, without grants";
  daemon_.start();
  EXPECT_TRUE(opens(network_.client, kTcp4)) << "they are the daemon's to restore";
}

TEST_F(DaemonEarlyLock, WhatNoRuleAsksIsNotLocked) {
  daemon_.settings.own_table = "off";
  daemon_.start();
  daemon_.kill();
  for (const char* undone : {"flush table inet jitgate", "add table inet jitgate { flags dormant; }"}) {
    ASSERT_EQ(nft({undone}).status, 0) << undone;
    ASSERT_TRUE(opens(network_.stranger, kTcp4)) << undone;
    locks(kLocked);
    EXPECT_TRUE(all_refused(network_.stranger)) << undone;
  }
}

TEST_F(DaemonEarlyLock, AfterABootGrantsOfASavedRulesetAreNotBelieved) {
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  const std::string saved = ruleset();
  std::filesystem::remove(daemon_.socket_path());
  ASSERT_TRUE(opens(network_.client, kTcp4));
  ASSERT_NE(saved.find(network_.client.ipv4), std::string::npos);
  locks(kLocked);
  EXPECT_TRUE(all_refused(network_.client));
}

TEST_F(DaemonEarlyLock, AMistakeInTheFileLocksWhatWasLocked) {
  daemon_.start();
  daemon_.kill();
  ASSERT_EQ(daemon_.run({"--release", "--for", "1s"}).status, 0);
  std::filesystem::remove(daemon_.scratch().file("run/released"));  // as the reboot does
  write_text(daemon_.config_path(), "nonsense");
  const auto result = lock();
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("the last configuration that could be used is in force"), std::string::npos) << result.err;
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonEarlyLock, SaysWhyItCannotAndLeavesWhatStands) {
  daemon_.write_config();
  locks(kLocked);
  write_text(daemon_.config_path(), "nonsense");
  const auto result = lock();
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find(daemon_.config_path()), std::string::npos) << result.err;
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonEarlyLock, DisabledStaysDisabled) {
  daemon_.start();
  (void)daemon_.json({"disable"});
  daemon_.kill();
  locks("disabled");
  EXPECT_FALSE(table_stands());
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
}

TEST_F(DaemonEarlyLock, LocksNothingWhereThePolicyIsEmpty) {
  daemon_.settings.ports.clear();
  daemon_.write_config();
  locks("the policy locks no ports");
  EXPECT_FALSE(table_stands());
}

class DaemonEarlyLockByApi : public DaemonEarlyLock {
 protected:
  DaemonEarlyLockByApi() {
    daemon_.settings.policy_by_api = true;
    std::filesystem::create_directory(boot());
  }
  std::string boot() const { return daemon_.scratch().file("boot"); }
  /// The daemon has locked 22 and 23, was killed, and the machine has just booted.
  void boot_with_two_ports() {
    daemon_.start();
    write_text(daemon_.scratch().file("ports.yaml"),
               "ports: [{number: 22, protocol: TCP}, {number: 23, protocol: TCP}]\n");
    ASSERT_EQ(daemon_.cli({"policy", "set", daemon_.scratch().file("ports.yaml")}).status, 0);
    daemon_.kill();
    ASSERT_EQ(daemon_.run({"--release", "--for", "1s"}).status, 0);
    std::filesystem::remove(daemon_.scratch().file("run/released"));
    ASSERT_TRUE(opens(network_.stranger, kTcp4));
  }
  /// What holds it is not mounted yet.
  void take_state_away() { std::filesystem::remove_all(daemon_.state_directory()); }
  void damage_list() { write_text(daemon_.state_directory() + "/locked-ports", "22/TCP\n2#/TCP\n"); }
};

TEST_F(DaemonEarlyLockByApi, KnowsThePortsThatTheApiSet) {
  boot_with_two_ports();
  locks("policy ports: 2");
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
  EXPECT_TRUE(opens(network_.stranger, kUdp4, 22));
}

TEST_F(DaemonEarlyLockByApi, LocksThemByTheCopyWhereTheStateIsNotMountedYet) {
  boot_with_two_ports();
  take_state_away();
  locks("policy ports: 2");
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
}

TEST_F(DaemonEarlyLockByApi, TheDaemonOpensNothingWhereTheStateIsLostAndTheCopyIsNot) {
  boot_with_two_ports();
  take_state_away();
  std::filesystem::create_directory(daemon_.state_directory());
  for (const bool locked_early : {true, false}) {
    if (locked_early) {
      locks("policy ports: 2");
    } else {
      ASSERT_EQ(daemon_.run({"--release", "--for", "1s"}).status, 0);
      std::filesystem::remove(daemon_.scratch().file("run/released"));
    }
    daemon_.start();
    EXPECT_EQ(daemon_.state(), "degraded");
    EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
    EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
    daemon_.kill();
  }
  take_state_away();
  EXPECT_TRUE(std::filesystem::file_size(boot() + "/locked-ports") > 0) << "the next boot knows, too";
}

TEST_F(DaemonEarlyLockByApi, LocksWhatCanBeReadOfADamagedListAndSaysSo) {
  boot_with_two_ports();
  std::filesystem::remove_all(boot());
  damage_list();
  const auto result = lock();
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("2#/TCP"), std::string::npos) << result.err;
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
  EXPECT_TRUE(opens(network_.stranger, kTcp4, 23));
}

TEST_F(DaemonEarlyLockByApi, TheCopyOfADamagedListIsLockedToo) {
  boot_with_two_ports();
  damage_list();
  EXPECT_EQ(lock().status, 1);
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 22));
  EXPECT_TRUE(refused(network_.stranger, kTcp4, 23));
}

TEST_F(DaemonEarlyLockByApi, StaysDisabledByTheCopyWhereTheStateIsNotMountedYet) {
  daemon_.settings.policy_by_api = false;
  daemon_.start();
  (void)daemon_.json({"disable"});
  daemon_.kill();
  take_state_away();
  locks("disabled");
  EXPECT_FALSE(table_stands());
}

TEST_F(DaemonEarlyLockByApi, AMistakeInTheFileLocksWhatTheCopySays) {
  daemon_.settings.policy_by_api = false;
  daemon_.start();
  daemon_.kill();
  ASSERT_EQ(daemon_.run({"--release", "--for", "1s"}).status, 0);
  std::filesystem::remove(daemon_.scratch().file("run/released"));
  take_state_away();
  write_text(daemon_.config_path(), "nonsense");
  EXPECT_EQ(lock().status, 0);
  EXPECT_TRUE(all_refused(network_.stranger));
}

}  // namespace
}  // namespace jitgate::netns
