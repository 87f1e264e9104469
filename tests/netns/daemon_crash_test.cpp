// The real daemon, killed before and after each fsync and each message to the kernel while it opens, extends and
// revokes. Nothing is open then that the audit does not show, and nothing that was acknowledged is lost.
#include <fcntl.h>
#include <unistd.h>

#include <functional>

#include "tests/netns/crash_preload.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonCrash : public DaemonTest {
 protected:
  DaemonCrash() {
    daemon_.variables = {std::string("LD_PRELOAD=") + JITGATE_TEST_CRASH_LIBRARY,
                         std::string(kCrashVariable) + "=" + file_};
    arm(0);
    daemon_.start();
  }

  void arm(std::int64_t steps) const {
    const CrashPoint point{steps};
    const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    const auto written = ::pwrite(file, &point, sizeof point, 0);
    ::close(file);
    if (written != sizeof point) throw std::runtime_error("the crash cannot be armed");
  }

  /// Prepares, and does it with a crash at this step; `after` is told whether it was acknowledged, by the daemon
  /// started again. False when it was through before the step came.
  bool crash_at(int step, const std::function<void()>& prepare, const std::function<ExecResult()>& act,
                const std::function<void(bool acknowledged, bool open_while_dead)>& after) {
    SCOPED_TRACE("crash at step " + std::to_string(step));
    prepare();
    arm(step);
    const bool acknowledged = act().status == 0;
    // It may have answered before it came to the step: to a status, which asks the kernel, it comes.
    for (int i = 0; i < 50 && daemon_.runs(); ++i) (void)daemon_.cli({"status"});
    arm(0);
    if (!daemon_.wait()) throw std::runtime_error("it did not come to the step");
    const bool open = opens(network_.client, kTcp4);
    EXPECT_TRUE(all_refused(network_.stranger));
    daemon_.start();
    after(acknowledged, open);
    EXPECT_EQ(daemon_.cli({"audit", "verify"}).status, 0);
    EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
    revoke_all();
    return !acknowledged;
  }

  [[nodiscard]] boost::json::array live() const { return daemon_.json({"grants"}).as_array(); }
  void revoke_all() {
    for (const auto& grant : live()) (void)daemon_.json({"revoke", text(grant, "id")});
    EXPECT_TRUE(refused(network_.client, kTcp4));
  }
  ExecResult request(const std::string& duration) const {
    return daemon_.cli({"request", "--port", "22/tcp", "--source", network_.client.ipv4, "--duration", duration});
  }
  bool audited_open(const std::string& id) const {
    const auto operations = daemon_.operations(id);
    return std::ranges::count(operations, "grant.open") == 1 && operations.size() == 1;
  }
  void expect_audit_shows(const boost::json::array& grants) const {
    for (const auto& grant : grants) EXPECT_TRUE(audited_open(text(grant, "id"))) << text(grant, "id");
  }

  const std::string file_ = daemon_.scratch().file("crash");
  std::string id_;
  static constexpr int kMostSteps = 40;
};

TEST_F(DaemonCrash, WhileOpening) {
  int step = 1;
  const auto after = [&](bool acknowledged, bool open_while_dead) {
    const auto grants = live();
    ASSERT_LE(grants.size(), 1U);
    EXPECT_EQ(opens(network_.client, kTcp4), grants.size() == 1);
    if (open_while_dead || acknowledged) {
      EXPECT_EQ(grants.size(), 1U) << "it is durable before it opens";
    }
    expect_audit_shows(grants);
  };
  while (crash_at(
      step, [] {}, [&] { return request("10m"); }, after))
    ASSERT_LT(++step, kMostSteps);
  EXPECT_GE(step, 5) << "disk and kernel, each before and after";
}

TEST_F(DaemonCrash, WhileExtending) {
  int step = 1;
  const auto prepare = [&] { id_ = daemon_.request("22/tcp", network_.client.ipv4, "10m"); };
  const auto after = [&](bool acknowledged, bool open_while_dead) {
    EXPECT_TRUE(open_while_dead) << "the older grant, or the newer one";
    EXPECT_TRUE(opens(network_.client, kTcp4));
    const auto grants = live();
    ASSERT_EQ(grants.size(), 1U);
    if (acknowledged) {
      EXPECT_NE(text(grants.at(0), "id"), id_);
    }
    expect_audit_shows(grants);
  };
  while (crash_at(
      step, prepare,
      [&] {
        return daemon_.cli({"extend", id_, "--duration", "30m"});
      },
      after))
    ASSERT_LT(++step, kMostSteps);
  EXPECT_GE(step, 5);
}

TEST_F(DaemonCrash, WhileRevoking) {
  int step = 1;
  const auto prepare = [&] { id_ = daemon_.request("22/tcp", network_.client.ipv4, "10m"); };
  const auto after = [&](bool acknowledged, bool) {
    const bool ended = daemon_.condition(id_) == "UserRequested";
    if (acknowledged) {
      EXPECT_TRUE(ended);
    }
    EXPECT_EQ(opens(network_.client, kTcp4), !ended);
    const auto operations = daemon_.operations(id_);
    EXPECT_EQ(std::ranges::count(operations, "grant.revoke"), ended ? 1 : 0);
  };
  while (crash_at(
      step, prepare,
      [&] {
        return daemon_.cli({"revoke", id_});
      },
      after))
    ASSERT_LT(++step, kMostSteps);
  EXPECT_GE(step, 5);
}

}  // namespace
}  // namespace jitgate::netns
