// The managers without jitgate: what the other tests build on, and proof that the probes see an open door.
#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

class ManagerAlone : public ForeignTest {
 protected:
  ::testing::AssertionResult rules_hold() {
    const auto rest = knocks(admitted_, {23}) + knocks(applicant_, {22, 23}) + knocks(stranger_, {22, 23, 24});
    const auto open = all_enter(knocks(admitted_, {22, 24}));
    if (!open) return open;
    return manager_->refuses_the_rest() ? none_enters(rest) : all_enter(rest);
  }
};
JITGATE_WITH_EVERY_MANAGER(ManagerAlone);

TEST_P(ManagerAlone, AdmitsWhomItWasToldToAndRefusesTheRest) {
  EXPECT_TRUE(all_enter(knocks(stranger_, {22, 23, 24}))) << "nobody protects anything yet";
  manager_->start();
  EXPECT_TRUE(rules_hold());
  manager_->reload();
  EXPECT_TRUE(rules_hold());
  const auto before = manager_->listing();
  manager_->reload();
  EXPECT_EQ(manager_->listing(), before) << "what is compared is the same after every reload";
  manager_->stop();
  EXPECT_TRUE(all_enter(knocks(stranger_, {22, 23, 24})));
  manager_->start();
  EXPECT_TRUE(rules_hold());
}

TEST_P(ManagerAlone, AdmissionsAndBansTakeEffect) {
  manager_->start();
  manager_->admit(applicant_.ipv4);
  EXPECT_TRUE(all_enter({{applicant_, kTcp4, 22}}));
  Session session = connect(network_.client, kTcp4, 22, admitted_.ipv4);
  EXPECT_TRUE(session.alive());
  if (!manager_->ban(admitted_.ipv4)) return;
  EXPECT_TRUE(session.dead());
}

TEST_P(ManagerAlone, ASiegeSeesWhoIsLetIn) {
  manager_->start();
  Siege inside(network_.server, admitted_, {22});
  Siege outside(network_.server, stranger_, {22});
  ASSERT_TRUE(eventually([&] { return inside.attempts() > 1000 && outside.attempts() > 1000; }));
  inside.end();
  outside.end();
  // Nobody takes the connections, and when the queue of the listener is full, further ones are dropped.
  EXPECT_GT(inside.entered(), 500U);
  if (manager_->refuses_the_rest()) {
    EXPECT_EQ(outside.entered(), 0U);
  }
}

}  // namespace
}  // namespace jitgate::netns
