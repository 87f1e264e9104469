#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/foreign/manager.hpp"
#include "tests/foreign/volley.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {

/// For grants and existing rules to have effect again after a manager has changed something; milliseconds where the
/// machine is not busy.
inline constexpr std::chrono::milliseconds kReturn{20'000};

/// A server with a policy that locks ports 22 and 23; something answers at 22, 23 and 24, and nothing has been started.
class ForeignScene : public DaemonTest {
 protected:
  ForeignScene();

  /// Whom the rules of others let in (Admission).
  Caller admitted_{&network_.client, "203.0.113.7", "2001:db8:7::7"};
  /// Whom nobody lets in, until there is a grant.
  Caller applicant_{&network_.client, network_.client.ipv4, network_.client.ipv6};
  /// Whom nobody lets in.
  Caller stranger_{&network_.stranger, network_.stranger.ipv4, network_.stranger.ipv6};

  /// Every one of them comes in, within kPatience.
  ::testing::AssertionResult all_enter(const std::vector<Knock>& attempts);
  /// Every one of them comes in at the latest when it has been tried for kReturn.
  ::testing::AssertionResult all_enter_at_last(const std::vector<Knock>& attempts);
  /// Not one of them comes in.
  ::testing::AssertionResult none_enters(const std::vector<Knock>& attempts);
  /// Grants the applicant both families, protocols and ports of the policy; gives the grants' ids.
  std::vector<std::string> grant_everything();
  /// What a grant of everything opens.
  [[nodiscard]] std::vector<Knock> granted() const { return knocks(applicant_, {22, 23}); }

  bool grants_stand_ = false;  ///< the applicant has been granted something

 private:
  TcpListener tcp4_{network_.server, {network_.server.ipv4, 24}};
  TcpListener tcp6_{network_.server, {network_.server.ipv6, 24}};
  UdpEchoServer udp4_{network_.server, {network_.server.ipv4, 24}};
  UdpEchoServer udp6_{network_.server, {network_.server.ipv6, 24}};
};

/// The same with a manager that accepts something of ports 22 and 24 from some.
class ForeignTest : public ForeignScene, public ::testing::WithParamInterface<ManagerKind> {
 protected:
  /// What the manager and the lock say holds, for the admitted, the stranger and an applicant without a grant.
  ::testing::AssertionResult lock_and_rules_hold();

  std::unique_ptr<Manager> manager_ = GetParam().make(network_.server, Admission{});
};

std::string manager_name(const ::testing::TestParamInfo<ManagerKind>& info);

/// Both lists in one.
std::vector<Knock> operator+(std::vector<Knock> left, const std::vector<Knock>& right);

}  // namespace jitgate::netns

/// Runs the suite's tests with every manager.
#define JITGATE_WITH_EVERY_MANAGER(suite)                                                       \
  INSTANTIATE_TEST_SUITE_P(With, suite, ::testing::ValuesIn(::jitgate::netns::manager_kinds()), \
                           ::jitgate::netns::manager_name)
