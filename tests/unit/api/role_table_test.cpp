// docs/security.md says who may make which call; every route is held to it, for every role.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/api/router.hpp"
#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/role_callers.hpp"

namespace jitgate {
namespace {

const std::string kResource = "/jitNetworkAccessPolicies";
const std::string kPermission = "Microsoft.Security/locations/jitNetworkAccessPolicies";

/// "GET …/jitNetworkAccessPolicies" stands for the four lists.
bool is_row_of(const RoleRow& row, const Route& route) {
  std::string path(route.pattern);
  std::string call = row.call;
  if (is_azure(route)) path = "…" + path.substr(path.find(kResource));
  for (auto at = call.find("{name}"); at != std::string::npos; at = call.find("{name}")) call.replace(at, 6, "{id}");
  return call == std::string(http::to_string(route.verb)) + " " + path;
}

std::string target_of(const Route& route) {
  std::string target(route.pattern);
  for (auto at = target.find("{id}"); at != std::string::npos; at = target.find("{id}")) target.replace(at, 4, "none");
  return target;
}

std::string request_to(const Route& route) {
  return std::string(http::to_string(route.verb)) + " " + target_of(route) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

/// The role decides before anything else is looked at, so that a call need not be right to be refused.
TEST(RoleTable, DecidesOnEveryCallForEveryRole) {
  const auto rows = role_table(JITGATE_DOCUMENTS);
  RunningApi api;
  api.agent.config_.access = one_user_a_role();
  api.start();
  for (const Route& route : routes()) {
    const auto row = std::ranges::find_if(rows, [&](const RoleRow& one) { return is_row_of(one, route); });
    ASSERT_NE(row, rows.end()) << "not in the table: " << route.verb << " " << route.pattern;
    for (std::size_t role = 0; role < kRoleColumns.size(); ++role) {
      api.become(user_with(role));
      const auto status = call(api.socket(), request_to(route)).status;
      EXPECT_EQ(status != 403, row->allowed.at(role)) << row->call << " as " << kRoleColumns.at(role) << ": " << status;
    }
  }
}

TEST(RoleTable, HasNoCallThatThereIsNot) {
  for (const RoleRow& row : role_table(JITGATE_DOCUMENTS)) {
    EXPECT_TRUE(std::ranges::any_of(routes(), [&](const Route& route) { return is_row_of(row, route); })) << row.call;
  }
}

TEST(RoleTable, NamesThePermissionThatTheAuditHas) {
  const auto rows = role_table(JITGATE_DOCUMENTS);
  for (const Route& route : routes()) {
    if (!is_azure(route)) continue;
    const auto row = std::ranges::find_if(rows, [&](const RoleRow& one) { return is_row_of(one, route); });
    ASSERT_NE(row, rows.end()) << route.pattern;
    const std::string named = row->permission.substr(std::string("…").size());
    EXPECT_EQ(kPermission + named, route.operation);
  }
}

}  // namespace
}  // namespace jitgate
