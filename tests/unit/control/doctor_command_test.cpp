#include "tests/unit/control/doctor_rig.hpp"

namespace jitgate {
namespace {

TEST_F(DoctorTest, FindsALockedHostHealthy) {
  make_process().sockets.listen(Transport::tcp, 22, {"sshd"});
  start();
  const auto report = examined();
  EXPECT_EQ(report.verdict, doctor::Verdict::healthy);
  ASSERT_EQ(report.ports.size(), 1U);
  EXPECT_EQ(report.ports[0].protection, doctor::Protection::locked);
  EXPECT_TRUE(report.findings.empty());
}

TEST_F(DoctorTest, FindsNothingToSayWhereNothingListens) {
  start();
  EXPECT_EQ(examined().verdict, doctor::Verdict::not_applicable);
}

TEST_F(DoctorTest, FindsLocksThatWereTakenAway) {
  make_process().sockets.listen(Transport::tcp, 22);
  start();
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(codes(), (std::vector<std::string>{"port.unlocked", "locks.disabled"}));
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_TRUE(codes().empty());
}

TEST_F(DoctorTest, FindsWhatTheHostIsLike) {
  make_process().sockets.fail(error(errc::system_failed, "no netlink"));
  start();
  clock_.set_synchronized(false);
  EXPECT_EQ(codes(), (std::vector<std::string>{"sockets.unreadable", "clock.notSynchronized"}));
}

}  // namespace
}  // namespace jitgate
