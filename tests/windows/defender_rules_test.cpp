#include "platform/windows/defender_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "platform/windows/defender_report.hpp"

namespace jitgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::uint32_t kPrivate = 2;
constexpr std::uint32_t kPublic = 4;

Lock rdp() {
  Lock lock;
  lock.ports = {{Transport::tcp, PortNumber::from(3389).value()}};
  return lock;
}

DefenderState usual() {
  return {.profiles = {{.type = kPublic, .name = "public", .blocks_by_default = true}},
          .rules = {{.name = "Remote Desktop - User Mode (TCP-In)",
                     .allows = true,
                     .transport = Transport::tcp,
                     .ports = {{3389, 3389}},
                     .profiles = kPublic | kPrivate}}};
}

TEST(DefenderProblems, NoneWhereARuleAllowsThePort) {
  EXPECT_THAT(defender_problems(usual(), rdp(), false), IsEmpty());
}

TEST(DefenderProblems, WhereNoRuleAllowsIt) {
  DefenderState state = usual();
  state.rules.front().profiles = kPrivate;
  EXPECT_THAT(defender_problems(state, rdp(), false),
              ElementsAre(HasSubstr("no rule of Windows Defender Firewall allows 3389/tcp (profile public)")));
  state.rules.front().profiles = kPublic;
  state.rules.front().transport = Transport::udp;
  EXPECT_THAT(defender_problems(state, rdp(), false), ElementsAre(HasSubstr("no rule")));
  state.profiles.front().blocks_by_default = false;
  EXPECT_THAT(defender_problems(state, rdp(), false), IsEmpty());
}

TEST(DefenderProblems, WhereARuleBlocksIt) {
  DefenderState state = usual();
  state.rules.push_back(
      {.name = "no desktops", .allows = false, .transport = {}, .ports = {{3000, 4000}}, .profiles = kPublic});
  EXPECT_THAT(defender_problems(state, rdp(), false), ElementsAre(HasSubstr("\"no desktops\"")));
  EXPECT_THAT(defender_problems(state, rdp(), true), IsEmpty()) << "hard grants win";
}

TEST(DefenderProblems, WhereEverythingIsBlocked) {
  DefenderState state = usual();
  state.profiles.front().blocks_all = true;
  EXPECT_THAT(defender_problems(state, rdp(), false), ElementsAre(HasSubstr("blocks all incoming connections")));
}

TEST(DefenderPorts, AreNumbersAndRanges) {
  EXPECT_THAT(parse_defender_ports("22, 5000-5010").value(), ElementsAre(Pair(22, 22), Pair(5000, 5010)));
  EXPECT_THAT(parse_defender_ports("*").value(), IsEmpty());
  EXPECT_THAT(parse_defender_ports("").value(), IsEmpty());
  EXPECT_FALSE(parse_defender_ports("RPC"));
  EXPECT_FALSE(parse_defender_ports("22,RPC-EPMap"));
}

// What Wine answers is its own; a real Windows has rules. Neither may end the program.
TEST(DefenderState, IsReadOrAnError) {
  const auto state = read_defender_state();
  EXPECT_TRUE(state || state.error().code == errc::system_failed);
}

TEST(DefenderReport, DoesNotWaitForTheRulesAndServesTheLastReading) {
  std::promise<void> go_on;
  DefenderReport report([wait = go_on.get_future().share()]() -> Result<DefenderState> {
    wait.wait();
    DefenderState state;
    state.profiles.push_back({.type = 4, .name = "public", .blocks_all = true, .blocks_by_default = true});
    return state;
  });
  Lock lock;
  lock.ports = {{Transport::tcp, PortNumber::from(3389).value()}};
  EXPECT_TRUE(report.problems(lock, false).empty());
  go_on.set_value();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (report.problems(lock, false).empty() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_FALSE(report.problems(lock, false).empty());
}

}  // namespace
}  // namespace jitgate
