// iptables-legacy filters beside nftables, where nobody who speaks nftables sees or can change its rules.
#include <unistd.h>

#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

class IptablesLegacy : public ForeignScene {
 protected:
  IptablesLegacy() { mounts_.mount_tmpfs("/run", "mode=0755"); }
  /// iptables-legacy or ip6tables-legacy, with its lock below a /run of the test's own.
  void run(const std::string& command, const std::vector<std::string>& arguments) {
    const auto mounts = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(mounts_.fd());
    std::vector<std::string> words{"nsenter", "--mount=" + mounts, command};
    words.insert(words.end(), arguments.begin(), arguments.end());
    network_.server.check(words);
  }
  [[nodiscard]] bool reported() const {
    return daemon_.state() == "degraded" && daemon_.reasons().find("iptables-legacy") != std::string::npos;
  }
  MountNamespace mounts_;
};

TEST_F(IptablesLegacy, IsReportedWhenItIsThereAtTheStart) {
  run("iptables-legacy", {"-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "DROP"});
  daemon_.start();
  EXPECT_TRUE(reported()) << daemon_.reasons();
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
  (void)daemon_.request("22/tcp", applicant_.ipv4, "10m");
  EXPECT_TRUE(none_enters({{applicant_, kTcp4, 22}})) << "which is what the state says";
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23})));
}

TEST_F(IptablesLegacy, OfIpv6IsReportedToo) {
  run("ip6tables-legacy", {"-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT"});
  daemon_.start();
  EXPECT_TRUE(reported()) << daemon_.reasons();
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23}))) << "its accept cannot be seen: locked";
}

TEST_F(IptablesLegacy, ThatComesLaterIsReportedToo) {
  daemon_.start();
  ASSERT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
  run("iptables-legacy", {"-P", "INPUT", "DROP"});
  EXPECT_TRUE(eventually([&] { return reported(); })) << daemon_.reasons();
}

// Listing is enough to make its tables, without a rule in them.
TEST_F(IptablesLegacy, IsNotReportedWhereItsTablesAreEmpty) {
  run("iptables-legacy", {"-S"});
  run("ip6tables-legacy", {"-S"});
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
}

TEST_F(IptablesLegacy, IsNotReportedWhereThereIsNone) {
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
}

}  // namespace
}  // namespace jitgate::netns
