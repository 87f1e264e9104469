// A table with the flag `owner` belongs to the socket of its program, and nobody else can put a rule into it.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "tests/foreign/foreign_fixture.hpp"
#include "tests/foreign/nft_manager.hpp"

namespace jitgate::netns {
namespace {

class OwnedTable : public ForeignScene {
 protected:
  /// A program that owns table `theirs`, with an input chain of this policy that lets the admitted in.
  void start_owner(const std::string& policy) {
    const auto pipe = daemon_.scratch().file("owner.commands");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    owner_ = std::make_unique<Process>(std::vector<std::string>{"sh", "-c", "exec nft -i <" + pipe},
                                       Surroundings{network_.server}, daemon_.scratch().file("owner.log"));
    // Its input has no end before the test's.
    commands_ = Socket(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));
    const auto text =
        "add table inet theirs { flags owner; }\n"
        "add chain inet theirs input { type filter hook input priority 0; policy " +
        policy +
        "; }\n"
        "add rule inet theirs input ct state established accept\n"
        "add rule inet theirs input meta l4proto { icmp, ipv6-icmp } accept\n"
        "add rule inet theirs input ip saddr 203.0.113.0/24 tcp dport 22 accept\n"
        "add rule inet theirs input ip6 saddr 2001:db8:7::/64 tcp dport 22 accept\n";
    ASSERT_EQ(::write(commands_.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ASSERT_TRUE(eventually([&] {
      return nft({"list", "table", "inet", "theirs"}).out.find("2001:") != std::string::npos;
    }));
    ASSERT_NE(nft({"insert", "rule", "inet", "theirs", "input", "accept"}).status, 0) << "it is owned";
  }
  [[nodiscard]] bool reported() const {
    return daemon_.state() == "degraded" && daemon_.reasons().find("theirs") != std::string::npos;
  }
  std::unique_ptr<Process> owner_;
  Socket commands_;
};

TEST_F(OwnedTable, IsNamedByADegradedStateAndTheLockHolds) {
  start_owner("drop");
  daemon_.start();
  EXPECT_TRUE(eventually([&] { return reported(); })) << daemon_.reasons();
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
  (void)grant_everything();
  EXPECT_TRUE(none_enters(granted())) << "which is what the state says";
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23}) + knocks(admitted_, {22, 23})));
}

TEST_F(OwnedTable, DoesNotKeepOtherTablesFromBeingHonored) {
  const auto manager = make_nft_drop(network_.server, Admission{});
  manager->start();
  start_owner("accept");
  const auto before = manager->listing();
  daemon_.start();
  EXPECT_TRUE(eventually([&] { return reported(); })) << daemon_.reasons();
  (void)grant_everything();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22})));
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23})));
  (void)daemon_.json({"disable"});
  EXPECT_EQ(manager->listing(), before);
}

TEST_F(OwnedTable, IsForgottenWhenItsOwnerEnds) {
  start_owner("drop");
  daemon_.start();
  ASSERT_TRUE(eventually([&] { return reported(); })) << daemon_.reasons();
  (void)grant_everything();
  owner_->signal(SIGTERM);
  EXPECT_TRUE(all_enter_at_last(granted()));
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; })) << daemon_.reasons();
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23})));
}

TEST_F(OwnedTable, ThatComesLaterIsReportedToo) {
  daemon_.start();
  (void)grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  EXPECT_EQ(daemon_.state(), "enforcing");
  start_owner("drop");
  EXPECT_TRUE(eventually([&] { return reported(); })) << daemon_.reasons();
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23})));
}

}  // namespace
}  // namespace jitgate::netns
