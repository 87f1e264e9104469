// What is left of jitgate when it is taken away: nothing, rule for rule.
#include <sstream>

#include "tests/foreign/foreign_fixture.hpp"
#include "tests/foreign/nft_manager.hpp"

namespace jitgate::netns {
namespace {

class Restoration : public ForeignTest {
 protected:
  /// Starts the manager and remembers what it lists, as it is after a reload.
  void start_manager() {
    manager_->start();
    manager_->reload();
    before_ = manager_->listing();
  }
  /// The rules of jitgate are where grants and existing rules need them.
  void settle() {
    if (granted_ids_.empty()) granted_ids_ = grant_everything();
    ASSERT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  }
  void expect_restored() {
    EXPECT_EQ(text(daemon_.json({"disable"}), "state"), "disabled");
    EXPECT_EQ(manager_->listing(), before_);
  }
  std::string before_;
  std::vector<std::string> granted_ids_;
};
JITGATE_WITH_EVERY_MANAGER(Restoration);

TEST_P(Restoration, DisableLeavesEveryRuleAsItWas) {
  start_manager();
  daemon_.start();
  settle();
  EXPECT_NE(manager_->listing(), before_);
  expect_restored();
  EXPECT_TRUE(all_enter(knocks(admitted_, {22, 24})));
  if (manager_->refuses_the_rest()) {
    EXPECT_TRUE(none_enters(granted())) << "a grant opens nothing any more";
  }
  (void)daemon_.json({"enable"});
  settle();
  EXPECT_TRUE(lock_and_rules_hold());
  expect_restored();
}

TEST_P(Restoration, DisableLeavesWhatTheManagerHasAddedMeanwhile) {
  manager_->start();
  manager_->reload();
  manager_->admit(applicant_.ipv4);
  before_ = manager_->listing();
  manager_->reload();
  daemon_.start();
  settle();
  manager_->admit(applicant_.ipv4);
  settle();
  expect_restored();
}

TEST_P(Restoration, DisableAfterAReloadLeavesWhatWasReloaded) {
  start_manager();
  daemon_.start();
  settle();
  manager_->reload();
  settle();
  expect_restored();
}

TEST_P(Restoration, DisableRightAfterAReloadLeavesNothing) {
  start_manager();
  daemon_.start();
  settle();
  manager_->reload();
  expect_restored();
  manager_->reload();
  EXPECT_EQ(manager_->listing(), before_);
}

TEST_P(Restoration, DisableAfterACrashLeavesEveryRuleAsItWas) {
  start_manager();
  daemon_.start();
  settle();
  daemon_.kill();
  daemon_.start();
  settle();
  expect_restored();
}

TEST_P(Restoration, DisableAfterACrashAndAReloadLeavesEveryRuleAsItWas) {
  start_manager();
  daemon_.start();
  settle();
  daemon_.kill();
  manager_->reload();
  daemon_.start();
  settle();
  expect_restored();
}

TEST_P(Restoration, ReleaseWithoutTheDaemonLeavesEveryRuleAsItWas) {
  start_manager();
  daemon_.start();
  settle();
  daemon_.kill();
  const auto released = daemon_.run({"--release"});
  EXPECT_EQ(released.status, 0) << released.err;
  EXPECT_EQ(manager_->listing(), before_);
}

TEST_P(Restoration, APolicyWithoutPortsLeavesOtherTablesAsTheyWere) {
  start_manager();
  daemon_.start();
  settle();
  daemon_.settings.ports.clear();
  ASSERT_TRUE(daemon_.reload());
  // Everything but the objects of table jitgate itself.
  const auto others = [&] {
    std::istringstream lines(manager_->listing());
    std::string all;
    for (std::string line; std::getline(lines, line);) {
      const bool own = line.find(R"("table":"jitgate")") != std::string::npos ||
                       line.find(R"({"table":{"family":"inet","name":"jitgate")") != std::string::npos;
      if (!own) all += line + "\n";
    }
    return all;
  };
  EXPECT_TRUE(eventually([&] { return others() == before_; })) << others();
}

class TrialBesideManager : public ForeignScene {};

TEST_F(TrialBesideManager, LeavesEveryRuleAsItWasWhenItEnds) {
  const auto manager = make_nft_drop(network_.server, Admission{});
  manager->start();
  const auto before = manager->listing();
  daemon_.start();
  (void)daemon_.json({"disable"});
  (void)daemon_.json({"enable", "--confirm", "2s"});
  EXPECT_NE(manager->listing(), before);
  EXPECT_TRUE(all_enter(knocks(admitted_, {22, 24})));
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "disabled"; }, kLong));
  EXPECT_TRUE(eventually([&] { return manager->listing() == before; })) << manager->listing();
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23, 24}))) << "the manager's own";
}

}  // namespace
}  // namespace jitgate::netns
