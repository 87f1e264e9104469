#include "agent/api/router.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

using enum http::verb;

RoleSet roles(std::initializer_list<Role> list) {
  RoleSet set;
  for (const Role role : list) set.add(role);
  return set;
}

TEST(Router, FindsEveryRouteByItsOwnPattern) {
  for (const Route& route : routes()) {
    std::string path(route.pattern);
    for (auto at = path.find("{id}"); at != std::string::npos; at = path.find("{id}")) path.replace(at, 4, "grant-1");
    const auto match = find_route(route.verb, path);
    ASSERT_TRUE(match.has_value()) << path;
    EXPECT_EQ(match->route, &route) << path;
    EXPECT_EQ(match->id, path == route.pattern ? "" : "grant-1");
  }
}

struct Miss {
  http::verb verb;
  const char* target;
  http::status status;
  const char* allow;
};

class RouterMiss : public testing::TestWithParam<Miss> {};

TEST_P(RouterMiss, SaysWhy) {
  const auto match = find_route(GetParam().verb, GetParam().target);
  ASSERT_TRUE(match.has_error());
  EXPECT_EQ(match.error().status, GetParam().status);
  EXPECT_EQ(match.error().allow, GetParam().allow);
}

INSTANTIATE_TEST_SUITE_P(, RouterMiss,
                         testing::Values(Miss{get, "/", http::status::not_found, ""},
                                         Miss{get, "/v1", http::status::not_found, ""},
                                         Miss{get, "/v1/nothing", http::status::not_found, ""},
                                         Miss{get, "/v1/status/more", http::status::not_found, ""},
                                         Miss{get, "/V1/status", http::status::not_found, ""},
                                         Miss{post, "/v1/grants/revoke", http::status::not_found, ""},
                                         Miss{post, "/v1/grants/a%2Fb/revoke", http::status::bad_request, ""},
                                         Miss{post, "/v1/grants/../revoke", http::status::bad_request, ""},
                                         Miss{head, "/v1/status", http::status::method_not_allowed, "GET"},
                                         Miss{options, "/v1/status", http::status::method_not_allowed, "GET"},
                                         Miss{delete_, "/v1/requests", http::status::method_not_allowed, "POST, GET"},
                                         Miss{get, "/v1/grants/x/revoke", http::status::method_not_allowed, "POST"},
                                         Miss{unknown, "/v1/requests", http::status::method_not_allowed, "POST, GET"}));

TEST(Router, HealthNeedsNoRole) {
  EXPECT_TRUE(check_role(*find_route(get, "/healthz")->route, RoleSet{}));
}

TEST(Router, AnyOfARoutesRolesIsEnough) {
  const Route& grants = *find_route(get, "/v1/grants")->route;
  EXPECT_TRUE(check_role(grants, roles({Role::reader})));
  EXPECT_TRUE(check_role(grants, roles({Role::requester})));
  EXPECT_FALSE(check_role(grants, RoleSet{}));
}

TEST(Router, NamesTheRoleThatIsMissing) {
  const Result<void> refused =
      check_role(*find_route(post, "/v1/disable")->route, roles({Role::reader, Role::requester}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_permitted);
  EXPECT_NE(refused.error().message.find("administrator"), std::string::npos);
}

}  // namespace
}  // namespace jitgate
