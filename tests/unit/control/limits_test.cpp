#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class GrantLimits : public AgentRig {
 protected:
  GrantLimits() {
    config_.limits.grants_per_requestor = 2;
    config_.limits.grants_per_source = 3;
  }
};

TEST_F(GrantLimits, RefuseOneTooManyOfARequestor) {
  start();
  granted("203.0.113.1", 22, 1h);
  granted("203.0.113.2", 22, 1h);
  const auto refused = request("203.0.113.3", 22, 1h);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_many);
  EXPECT_TRUE(request("203.0.113.3", 22, 1h, requester("other")));
  EXPECT_EQ(request("203.0.113.4", 22, 1h, requester("third")).error().code, errc::too_many) << "of the source";
  pass(1h);
  EXPECT_TRUE(request("203.0.113.3", 22, 1h));
}

TEST_F(GrantLimits, DoNotCountWhatIsReplaced) {
  start();
  granted("203.0.113.1", 22, 1h);
  const auto second = granted("203.0.113.2", 22, 1h);
  EXPECT_TRUE(request("203.0.113.1", 22, 2h)) << "no more grants than before";
  EXPECT_TRUE(call(agent().extend(requester(), second, 2h)));
}

TEST_F(GrantLimits, CountAGrantThatIsReplacedInPart) {
  start();
  auto both = ask("203.0.113.1", 22, 1h);
  both.ports.push_back({port_number(80), std::nullopt, {prefix("203.0.113.1")}, Duration(1h)});
  ASSERT_TRUE(call(agent().request(requester(), both)));
  granted("203.0.113.2", 22, 1h);
  EXPECT_EQ(request("203.0.113.1", 22, 1h).error().code, errc::too_many);
}

TEST_F(GrantLimits, CountWhatIsBeingWritten) {
  start();
  store().hold_commits();
  std::vector<std::shared_ptr<std::optional<Result<GrantReceipt>>>> asked;
  for (int i = 1; i <= 3; ++i)
    asked.push_back(begin(agent().request(requester(), ask("203.0.113." + std::to_string(i), 22, 1h))));
  asked.push_back(begin(agent().request(requester("other"), ask("203.0.113.9", 22, 1h))));
  asked.push_back(begin(agent().request(requester("third"), ask("203.0.113.10", 22, 1h))));
  store().release_commits();
  poll();
  std::vector<bool> outcome;
  for (const auto& one : asked) outcome.push_back((*one)->has_value());
  EXPECT_EQ(outcome, (std::vector<bool>{true, true, false, true, false}));
}

TEST_F(GrantLimits, CountWhatWaitsForTheClock) {
  start();
  granted("203.0.113.1", 22, 3h);
  granted("203.0.113.2", 22, 3h);
  clock_.set_synchronized(false);
  reboot("boot-2");
  EXPECT_EQ(request("203.0.113.3", 22, 1h).error().code, errc::too_many);
}

TEST_F(GrantLimits, DoNotCountAnUnlock) {
  start();
  ASSERT_TRUE(call(agent().unlock(requester(), {1h, std::nullopt, "console is gone"})));
  granted("203.0.113.1", 22, 1h);
  EXPECT_TRUE(request("203.0.113.2", 22, 1h));
}

}  // namespace
}  // namespace jitgate
