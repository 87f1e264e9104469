// Reloading, stopping and starting a manager: the lock holds all through, grants and existing rules come back.
#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

class ManagerReload : public ForeignTest {
 protected:
  /// Ends the siege of a stranger: it was one, and nobody came in.
  static void expect_held(Siege& siege) {
    EXPECT_TRUE(eventually([&] { return siege.attempts() > 1000; }));
    siege.end();
    EXPECT_EQ(siege.entered(), 0U) << "of " << siege.attempts();
  }
};
JITGATE_WITH_EVERY_MANAGER(ManagerReload);

TEST_P(ManagerReload, GrantsAndRulesComeBackWhileTheLockHolds) {
  manager_->start();
  daemon_.start();
  (void)grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  Siege siege(network_.server, stranger_, {22, 23});
  for (int round = 0; round < 2; ++round) {
    manager_->reload();
    const auto reloaded = std::chrono::steady_clock::now();
    EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
    const auto took = std::chrono::steady_clock::now() - reloaded;
    RecordProperty("milliseconds" + std::to_string(round),
                   static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  }
  expect_held(siege);
  EXPECT_TRUE(lock_and_rules_hold());
  EXPECT_EQ(daemon_.status().at("reasons").as_array().size(), 0U) << daemon_.reasons();
}

TEST_P(ManagerReload, EverythingComesBackToATableThatNobodyOwns) {
  daemon_.settings.own_table = "off";
  manager_->start();
  daemon_.start();
  (void)grant_everything();
  manager_->reload();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  EXPECT_TRUE(eventually([&] { return table_stands(); }));
  EXPECT_TRUE(lock_and_rules_hold());
}

TEST_P(ManagerReload, TheLockHoldsWithoutTheManager) {
  manager_->start();
  daemon_.start();
  (void)grant_everything();
  Siege siege(network_.server, stranger_, {22, 23});
  manager_->stop();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(stranger_, {24})));
  EXPECT_TRUE(none_enters(knocks(admitted_, {22, 23}))) << "the rule that accepted it is gone";
  manager_->start();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  expect_held(siege);
  EXPECT_TRUE(lock_and_rules_hold());
}

TEST_P(ManagerReload, TheLockOfADeadDaemonHolds) {
  manager_->start();
  daemon_.start();
  (void)grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  daemon_.kill();
  EXPECT_TRUE(all_enter(granted())) << "as long as nobody touches the rules";
  if (!manager_->flushes_other_tables()) {
    Siege siege(network_.server, stranger_, {22, 23});
    manager_->reload();
    expect_held(siege);
  }
  daemon_.start();
  EXPECT_TRUE(all_enter_at_last(granted()));
  EXPECT_TRUE(lock_and_rules_hold());
}

TEST_P(ManagerReload, EitherSideMayStartAndStopInAnyOrder) {
  daemon_.start();
  (void)grant_everything();
  manager_->start();
  daemon_.kill();
  manager_->stop();
  daemon_.start();
  manager_->start();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  EXPECT_TRUE(lock_and_rules_hold());

  manager_->stop();
  EXPECT_EQ(daemon_.stop(), 0);
  manager_->start();
  daemon_.start();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  EXPECT_TRUE(lock_and_rules_hold());
}

}  // namespace
}  // namespace jitgate::netns
