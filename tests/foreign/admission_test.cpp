// Who gets in beside a manager: whom its rules accept, whom a grant lets in, and nobody else.
#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

class BesideManager : public ForeignTest {};
JITGATE_WITH_EVERY_MANAGER(BesideManager);

TEST_P(BesideManager, ExistingRulesWinAndTheRestIsLocked) {
  manager_->start();
  daemon_.start();
  EXPECT_TRUE(lock_and_rules_hold());
}

TEST_P(BesideManager, RulesThatCameLaterWinToo) {
  daemon_.start();
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23})));
  manager_->start();
  EXPECT_TRUE(all_enter_at_last(knocks(admitted_, {22, 24})));
  EXPECT_TRUE(lock_and_rules_hold());
}

TEST_P(BesideManager, WhomTheManagerAdmitsWhileBothRunComesIn) {
  manager_->start();
  daemon_.start();
  ASSERT_TRUE(none_enters(knocks(applicant_, {22, 23})));
  manager_->admit(applicant_.ipv4);
  manager_->admit(applicant_.ipv6);
  EXPECT_TRUE(all_enter_at_last({{applicant_, kTcp4, 22}, {applicant_, kTcp6, 22}}));
  EXPECT_TRUE(none_enters(knocks(applicant_, {23}) + knocks(stranger_, {22, 23})));
}

TEST_P(BesideManager, AGrantOpensThroughTheManagerAndARevocationCloses) {
  manager_->start();
  daemon_.start();
  const auto ids = grant_everything();
  EXPECT_TRUE(all_enter(granted()));
  EXPECT_TRUE(lock_and_rules_hold());
  for (const auto& id : ids) (void)daemon_.json({"revoke", id});
  EXPECT_TRUE(none_enters(granted()));
}

TEST_P(BesideManager, OverrideLocksWhatRulesAcceptAndAGrantOpensThroughThem) {
  daemon_.settings.existing_rules = "override";
  manager_->start();
  const auto before = manager_->listing();
  daemon_.start();
  (void)grant_everything();
  EXPECT_TRUE(all_enter(granted() + knocks(admitted_, {24})));
  EXPECT_TRUE(none_enters(knocks(admitted_, {22, 23}) + knocks(stranger_, {22, 23})));
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
  (void)daemon_.json({"disable"});
  EXPECT_EQ(manager_->listing(), before);
}

TEST_P(BesideManager, AuditModeLeavesTheDecisionToTheManager) {
  daemon_.settings.mode = "audit";
  manager_->start();
  daemon_.start();
  EXPECT_TRUE(all_enter(knocks(admitted_, {22, 24})));
  const auto rest = knocks(applicant_, {22}) + knocks(stranger_, {22, 23, 24});
  EXPECT_TRUE(manager_->refuses_the_rest() ? none_enters(rest) : all_enter(rest));
  EXPECT_EQ(daemon_.state(), "audit") << daemon_.reasons();
}

TEST_P(BesideManager, ConnectionsStay) {
  manager_->start();
  std::vector<Session> sessions;
  for (const Way way : kWays) {
    sessions.push_back(connect(network_.client, way, 22, way.ipv6 ? admitted_.ipv6 : admitted_.ipv4));
  }
  daemon_.start();
  const auto ids = grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  for (const Way way : kWays) sessions.push_back(connect(network_.client, way, 23));
  for (const auto& id : ids) (void)daemon_.json({"revoke", id});
  for (auto& session : sessions) EXPECT_TRUE(session.alive());
  daemon_.kill();
  daemon_.start();
  for (auto& session : sessions) EXPECT_TRUE(session.alive());
}

TEST_P(BesideManager, ABanCutsALiveSessionThatNoGrantProtects) {
  manager_->start();
  daemon_.start();
  const auto ids = grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  std::vector<Session> sessions;
  for (const Way way : kWays) sessions.push_back(connect(network_.client, way));
  const bool banned = manager_->ban(applicant_.ipv4) && manager_->ban(applicant_.ipv6);
  EXPECT_TRUE(all_enter_at_last(granted())) << "a grant wins";
  for (auto& session : sessions) EXPECT_TRUE(session.alive());
  for (const auto& id : ids) (void)daemon_.json({"revoke", id});
  for (auto& session : sessions) EXPECT_EQ(session.dead(), banned);
}

}  // namespace
}  // namespace jitgate::netns
