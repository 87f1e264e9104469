// What firewalld does that no other manager does.
#include <stdexcept>

#include "tests/foreign/firewalld_manager.hpp"
#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

class BesideFirewalld : public ForeignScene {
 protected:
  [[nodiscard]] bool reload_fails() {
    try {
      firewalld_->reload();
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  }
  std::unique_ptr<Manager> firewalld_ = make_firewalld(network_.server, Admission{});
};

// In firewalld before 2 a reload after somebody else has flushed the ruleset fails half-way, and a table stays behind
// that drops everything but what is established.
TEST_F(BesideFirewalld, AGrantOpensThroughTheTableThatAFailedReloadLeavesBehind) {
  firewalld_->start();
  daemon_.start();
  (void)grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  ASSERT_EQ(nft({"flush", "ruleset"}).status, 0);
  const bool failed = reload_fails();
  ASSERT_EQ(nft({"list", "table", "inet", "firewalld_policy_drop"}).status == 0, failed);
  // IPv6 ends with what its neighbours remember: the table drops neighbour discovery as well.
  EXPECT_TRUE(all_enter_at_last({{applicant_, kTcp4, 22}, {applicant_, kUdp4, 22}}));
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23, 24})));
  if (failed) {
    EXPECT_TRUE(none_enters(knocks(admitted_, {22})));
  }
  firewalld_->stop();
  firewalld_->start();
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
}

}  // namespace
}  // namespace jitgate::netns
