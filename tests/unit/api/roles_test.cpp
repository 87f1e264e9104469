#include "agent/api/roles.hpp"

#include <gtest/gtest.h>

#include "platform/host_defaults.hpp"

namespace jitgate {
namespace {

TEST(Roles, ComeFromTheUsersNameOrAnyGroup) {
  const AccessConfig access{{{"ann"}, {"adm"}}, {{}, {"sudo"}}, {{"root"}, {}}};
  EXPECT_TRUE(resolve_roles({"ann", 1000, 1, {}}, access).has(Role::reader));
  EXPECT_TRUE(resolve_roles({"ben", 1001, 1, {"users", "adm"}}, access).has(Role::reader));
  EXPECT_FALSE(resolve_roles({"ann", 1000, 1, {}}, access).has(Role::requester));
  EXPECT_TRUE(resolve_roles({"cas", 1002, 1, {"sudo"}}, access).has(Role::requester));
  EXPECT_TRUE(resolve_roles({"dee", 1003, 1, {"ann", "root"}}, access).empty()) << "a group's name is not a user's";
}

TEST(Roles, AnAdministratorHasEveryRole) {
  const std::string user = host_defaults().administrators.users.at(0);
  const RoleSet roles = resolve_roles({user, 0, 1, {}}, AccessConfig{});
  EXPECT_TRUE(roles.has(Role::administrator) && roles.has(Role::reader) && roles.has(Role::requester) &&
              roles.has(Role::approver));
}

TEST(Roles, AnApproverIsNothingElse) {
  AccessConfig access;
  access.requester = {{}, {"staff"}};
  access.approver = {{"eve"}, {"leads"}};
  RoleSet approver;
  approver.add(Role::approver);
  EXPECT_EQ(resolve_roles({"eve", 1004, 1, {"users"}}, access), approver);
  EXPECT_EQ(resolve_roles({"fay", 1005, 1, {"leads"}}, access), approver);
  EXPECT_FALSE(resolve_roles({"gus", 1006, 1, {"staff"}}, access).has(Role::approver));
}

TEST(Roles, RootWithoutARuleHasNone) {
  AccessConfig access;
  access.administrator = {{"ann"}, {}};
  EXPECT_TRUE(resolve_roles({"root", 0, 1, {"root"}}, access).empty());
}

TEST(Roles, TheCallerIsNamedByTheSystemAlone) {
  const Caller caller = make_caller({"ann", 1000, 4242, {}}, AccessConfig{});
  EXPECT_EQ(caller.name, "ann");
  EXPECT_EQ(caller.peer, "uid 1000, pid 4242");
  EXPECT_EQ(caller.uid, 1000u);
}

}  // namespace
}  // namespace jitgate
