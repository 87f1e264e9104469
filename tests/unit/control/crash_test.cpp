// A crash at every step between audit, store and kernel: before and after each transaction with either, the process is
// gone. Nothing is open then that the audit does not show, and nothing that was acknowledged is lost.
#include <functional>

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPeers[] = {"203.0.113.7", "203.0.113.8"};
constexpr int kMostSteps = 40;

class Crash : public AgentRig {
 protected:
  Crash() { config_.policy.ports[1].require_approval = true; }  // 80/TCP

  /// What is done until the crash; true: whoever asked was told that it is done.
  using Scenario = std::function<bool()>;

  /// The scenario on a fresh machine, with a crash at its step number `last`; false when it has fewer steps.
  bool run_until(int last, const std::function<void()>& prepare, const Scenario& scenario,
                 const std::function<void(bool acknowledged)>& after) {
    SCOPED_TRACE("crash at step " + std::to_string(last));
    fresh_machine();
    start();
    prepare();
    int step = 0;
    bool dead = false;
    const auto dies = [&] { return dead = dead || step++ == last; };
    store().crash_when(dies);
    firewall().crash_when(dies);
    const bool told = scenario();
    const bool acknowledged = told && !dead;
    const bool crashed = dead;
    check_holes("as the crash left it");
    restart();
    check_holes("after the restart");
    check_each_once();
    after(acknowledged);
    return crashed;
  }
  void run_at_every_step(const std::function<void()>& prepare, const Scenario& scenario,
                         const std::function<void(bool)>& after) {
    int step = 0;
    while (run_until(step, prepare, scenario, after) && !HasFailure()) ASSERT_LT(++step, kMostSteps);
    EXPECT_GE(step, 3) << "store and kernel, each before and after, at least";
  }

  template <class T>
  bool told(boost::asio::awaitable<Result<T>> awaited) {
    const auto done = begin(std::move(awaited));
    return *done && **done;
  }

  [[nodiscard]] std::size_t rows_of(const std::string& id, const std::string& operation) const {
    return static_cast<std::size_t>(std::ranges::count_if(disk_.audit_trail(), [&](const AuditEvent& event) {
      return event.outcome == "Succeeded" && event.grant_id == id && event.operation == operation;
    }));
  }

  std::string id_;  ///< of the grant that a scenario is about

 private:
  void fresh_machine() {
    kill();
    kernel_.reboot("boot-" + std::to_string(++boots_));
    disk_.wipe();
  }

  /// Whatever the kernel lets in has a grant that is stored as live and that the audit shows as opened and not as
  /// ended.
  void check_holes(const std::string& when) {
    for (const char* peer : kPeers) {
      for (const int port : {22, 80}) {
        if (admits(peer, port)) {
          EXPECT_TRUE(shown(peer, port)) << peer << " port " << port << " is open, " << when;
        }
      }
    }
    EXPECT_FALSE(admits(kStranger, 22));
  }
  bool shown(std::string_view peer, int port) const {
    return std::ranges::any_of(disk_.records(), [&](const GrantRecord& record) {
      const auto& opening = record.grant.ports.at(0);
      const bool here = opening.source == prefix(peer) && opening.number == port_number(port);
      const auto& id = record.grant.id;
      const auto ended = rows_of(id, "grant.revoke") + rows_of(id, "grant.expire") + rows_of(id, "grant.replace");
      return here && record.active() && rows_of(id, "grant.open") == 1 && ended == 0;
    });
  }
  void check_each_once() {
    for (const GrantRecord& record : disk_.records()) {
      const auto& id = record.grant.id;
      EXPECT_LE(rows_of(id, "grant.open"), 1u);
      EXPECT_LE(rows_of(id, "grant.revoke") + rows_of(id, "grant.expire") + rows_of(id, "grant.replace"), 1u);
    }
  }

  int boots_ = 0;
};

TEST_F(Crash, WhileOpening) {
  run_at_every_step([] {}, [this] { return told(agent().request(requester(), ask(kPeer, 22, 1h))); },
                    [this](bool acknowledged) {
                      if (acknowledged) {
                        EXPECT_TRUE(admits(kPeer, 22));
                      }
                      EXPECT_EQ(admits(kPeer, 22), count_audited("grant.open") == 1);
                    });
}

TEST_F(Crash, WhileExtending) {
  run_at_every_step([this] { id_ = granted(kPeer, 22, 10min); },
                    [this] { return told(agent().extend(requester(), id_, 1h)); },
                    [this](bool acknowledged) {
                      EXPECT_TRUE(admits(kPeer, 22)) << "the older grant, or the newer one";
                      pass(11min);
                      EXPECT_EQ(admits(kPeer, 22), count_audited("grant.open") == 2);
                      if (acknowledged) {
                        EXPECT_TRUE(admits(kPeer, 22));
                      }
                    });
}

TEST_F(Crash, WhileRevoking) {
  run_at_every_step([this] { id_ = granted(kPeer, 22, 1h); },
                    [this] { return told(agent().revoke(requester(), id_, false)); },
                    [this](bool acknowledged) {
                      if (acknowledged) {
                        EXPECT_FALSE(admits(kPeer, 22));
                      }
                      EXPECT_EQ(admits(kPeer, 22), rows_of(id_, "grant.revoke") == 0);
                    });
}

TEST_F(Crash, WhileExpiring) {
  run_at_every_step([this] { id_ = granted(kPeer, 22, 10min); },
                    [this] {
                      pass(11min);
                      return true;
                    },
                    [this](bool) {
                      poll();
                      EXPECT_FALSE(admits(kPeer, 22));
                      EXPECT_EQ(rows_of(id_, "grant.expire"), 1u) << "recorded, however late";
                    });
}

TEST_F(Crash, WhileApproving) {
  run_at_every_step([this] { id_ = request(kPeer, 80, 1h).value().record.grant.id; },
                    [this] { return told(agent().approve(approver(), id_)); },
                    [this](bool acknowledged) {
                      if (acknowledged) {
                        EXPECT_TRUE(admits(kPeer, 80));
                      }
                      EXPECT_EQ(admits(kPeer, 80), rows_of(id_, "request.approve") == 1);
                      const auto waiting = call(agent().requests(approver())).value();
                      EXPECT_EQ(waiting.size(), admits(kPeer, 80) ? 0u : 1u) << "it waits as long as it is not decided";
                    });
}

TEST_F(Crash, WhileDenying) {
  tracker_.reset();
  const auto count = [this] { return call(agent().requests(approver())).value().size(); };
  int step = 0;
  const auto scenario = [this] { return told(agent().deny(approver(), id_)); };
  const auto after = [&](bool acknowledged) {
    EXPECT_FALSE(admits(kPeer, 80));
    if (acknowledged) {
      EXPECT_EQ(rows_of(id_, "request.deny"), 1u);
    }
    EXPECT_EQ(count(), rows_of(id_, "request.deny") == 1 ? 0u : 1u);
  };
  while (run_until(
      step, [this] { id_ = request(kPeer, 80, 1h).value().record.grant.id; }, scenario, after))
    ASSERT_LT(++step, kMostSteps);
  EXPECT_EQ(step, 2) << "the store, before and after: the kernel is not asked";
}

}  // namespace
}  // namespace jitgate
