#include <fstream>

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class DoctorTest : public AgentRig {
 protected:
  /// The survey is made on a thread of its own: waits for it.
  doctor::DoctorReport examined() {
    const auto done = begin(agent().doctor());
    const auto patience = std::chrono::steady_clock::now() + 60s;
    while (!*done && std::chrono::steady_clock::now() < patience) {
      process_->context.restart();
      process_->context.run_one_for(1s);
    }
    if (!*done) throw std::logic_error("the doctor never came back");
    return std::move(**done);
  }
  std::vector<std::string> codes() {
    std::vector<std::string> all;
    for (const auto& finding : examined().findings) all.push_back(finding.code);
    return all;
  }
};

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
  std::ofstream(runtime_.path() + "/nftables.conf") << "table inet jitgate {\n";
  make_process().sockets.fail(error(errc::system_failed, "no netlink"));
  start();
  clock_.set_synchronized(false);
  EXPECT_EQ(codes(), (std::vector<std::string>{"sockets.unreadable", "clock.notSynchronized", "ruleset.saved"}));
}

}  // namespace
}  // namespace jitgate
