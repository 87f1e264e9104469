// "What makes a grant valid" of the interface contract, rule by rule.
#include "agent/authorize/authorize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = ManualClock().wall_now();

/// 22/TCP from two prefixes, 53/* from everywhere with a justification.
Policy make_policy() {
  auto dns = policy_port(53, Protocol::any);
  dns.require_justification = true;
  return {{policy_port(22, Protocol::tcp, {prefix("203.0.113.0/24"), prefix("2001:db8::/48")}), dns}, {}, {}};
}

Grant make_grant(std::vector<GrantPort> ports) {
  auto grant = make_record(ManualClock(), "g1", std::move(ports)).grant;
  grant.justification = "INC-1234";
  return grant;
}

Grant valid_grant() {
  return make_grant({grant_port(22, Protocol::tcp, "203.0.113.7", kNow + 1h)});
}

std::vector<std::string> targets(const Error& refused) {
  std::vector<std::string> found;
  for (const auto& detail : refused.details) found.push_back(detail.target);
  return found;
}

TEST(Authorize, AcceptsWhatThePolicyAllows) {
  EXPECT_TRUE(authorize(make_policy(), "web-17", valid_grant(), kNow));
}

struct Accepted {
  const char* name;
  int number;
  Protocol protocol;
  const char* source;
  Duration length;
};

class AuthorizeAccepts : public testing::TestWithParam<Accepted> {};

TEST_P(AuthorizeAccepts, TheGrant) {
  const auto& given = GetParam();
  const auto grant = make_grant({grant_port(given.number, given.protocol, given.source, kNow + given.length)});
  const auto allowed = authorize(make_policy(), "web-17", grant, kNow);
  EXPECT_TRUE(allowed) << describe(allowed.error());
}

INSTANTIATE_TEST_SUITE_P(, AuthorizeAccepts,
                         testing::Values(Accepted{"WholeAllowedPrefix", 22, Protocol::tcp, "203.0.113.0/24", 1h},
                                         Accepted{"PrefixInsideAllowed", 22, Protocol::tcp, "203.0.113.128/25", 1h},
                                         Accepted{"LastHostOfPrefix", 22, Protocol::tcp, "203.0.113.255", 1h},
                                         Accepted{"Ipv6Host", 22, Protocol::tcp, "2001:db8::1", 1h},
                                         Accepted{"Ipv6AtTheLimit", 22, Protocol::tcp, "2001:db8:0:ff00::/56", 1h},
                                         Accepted{"ExactlyTheMaximum", 22, Protocol::tcp, "203.0.113.7", 3h},
                                         Accepted{"OneNanosecond", 22, Protocol::tcp, "203.0.113.7", 1ns},
                                         Accepted{"TcpWithinAny", 53, Protocol::tcp, "198.51.100.1", 1h},
                                         Accepted{"UdpWithinAny", 53, Protocol::udp, "198.51.100.1", 1h},
                                         Accepted{"AnyItself", 53, Protocol::any, "198.51.100.0/24", 1h}),
                         [](const auto& given) { return std::string(given.param.name); });

struct Refused {
  const char* name;
  std::function<void(Grant&)> broken;
  const char* target;
  const char* message;
};

class AuthorizeRefuses : public testing::TestWithParam<Refused> {};

TEST_P(AuthorizeRefuses, NamingTheRule) {
  auto grant = valid_grant();
  GetParam().broken(grant);
  const auto refused = authorize(make_policy(), "web-17", grant, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::refused);
  ASSERT_EQ(refused.error().details.size(), 1U) << describe(refused.error());
  EXPECT_EQ(refused.error().details[0].target, GetParam().target);
  EXPECT_NE(refused.error().details[0].message.find(GetParam().message), std::string::npos)
      << refused.error().details[0].message;
}

std::function<void(Grant&)> source(const char* text) {
  return [text](Grant& grant) { grant.ports[0].source = prefix(text); };
}
std::function<void(Grant&)> protocol(Protocol protocol) {
  return [protocol](Grant& grant) { grant.ports[0].protocol = protocol; };
}
std::function<void(Grant&)> times(Duration start, Duration end) {
  return [start, end](Grant& grant) {
    grant.start = kNow + start;
    grant.ports[0].end = kNow + end;
  };
}

INSTANTIATE_TEST_SUITE_P(
    , AuthorizeRefuses,
    testing::Values(
        Refused{"AnotherHost", [](Grant& grant) { grant.virtual_machine = "web-18"; }, "virtualMachine", "web-18"},
        Refused{"HostInOtherCase", [](Grant& grant) { grant.virtual_machine = "WEB-17"; }, "virtualMachine", "WEB-17"},
        Refused{"PortOutsideThePolicy", [](Grant& grant) { grant.ports[0].number = port_number(23); },
                "ports[0].number", "23/TCP is not in the policy"},
        Refused{"UdpOfATcpPort", protocol(Protocol::udp), "ports[0].number", "22/UDP is not in the policy"},
        Refused{"AnyOfATcpPort", protocol(Protocol::any), "ports[0].number", "22/* is not in the policy"},
        Refused{"NeighbouringSource", source("203.0.114.1"), "ports[0].allowedSourceAddressPrefix",
                "lies in no allowed"},
        Refused{"NeighbouringIpv6Source", source("2001:db8:1::1"), "ports[0].allowedSourceAddressPrefix",
                "lies in no allowed"},
        Refused{"WiderThanTheLimit", source("2001:db8::/55"), "ports[0].allowedSourceAddressPrefix",
                "wider than the limit of /56"},
        Refused{"EndNow", times(-1h, 0h), "ports[0].endTimeUtc", "which is past"},
        Refused{"EndInThePast", times(-2h, -1h), "ports[0].endTimeUtc", "which is past"},
        Refused{"LongerThanTheMaximum", times(0h, 3h + 1ns), "ports[0].endTimeUtc", "longer than the maximum of PT3H"},
        Refused{"LongerThanTheMaximumFromAnEarlierStart", times(-2h, 2h), "ports[0].endTimeUtc",
                "longer than the maximum of PT3H"},
        Refused{"StartTooFarAhead", times(3h + 1ns, 4h), "startTimeUtc", "starts more than PT3H from now"}),
    [](const auto& given) { return std::string(given.param.name); });

TEST(Authorize, AcceptsAStartAsFarAheadAsTheMaximum) {
  auto grant = valid_grant();
  times(3h, 6h)(grant);
  EXPECT_TRUE(authorize(make_policy(), "web-17", grant, kNow));
}

TEST(Authorize, RefusesAWiderPrefixThanAllowedAlthoughItHoldsAllowedHosts) {
  auto grant = valid_grant();
  grant.ports[0].source = prefix("203.0.112.0/23");
  const auto refused = authorize(make_policy(), "web-17", grant, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(targets(refused.error()),
            (std::vector<std::string>{"ports[0].allowedSourceAddressPrefix", "ports[0].allowedSourceAddressPrefix"}))
      << "outside the allowed prefix, and wider than /24";
}

TEST(Authorize, RefusesLinkLocalSources) {
  for (const char* text : {"169.254.1.1", "169.254.0.0/24", "fe80::1", "febf::/64"}) {
    auto grant = make_grant({grant_port(53, Protocol::udp, text, kNow + 1h)});
    const auto refused = authorize(make_policy(), "web-17", grant, kNow);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(describe(refused.error()).find("link-local"), std::string::npos);
  }
}

TEST(Authorize, RefusesAMissingJustificationWhereItIsRequired) {
  auto grant = make_grant({grant_port(53, Protocol::udp, "198.51.100.1", kNow + 1h)});
  grant.justification.clear();
  const auto refused = authorize(make_policy(), "web-17", grant, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(targets(refused.error()), std::vector<std::string>{"justification"});
  grant = valid_grant();
  grant.justification.clear();
  EXPECT_TRUE(authorize(make_policy(), "web-17", grant, kNow)) << "22/TCP does not require one";
}

TEST(Authorize, RefusesTheSameOpeningTwice) {
  const auto twice = [](Protocol a, Protocol b) {
    return make_grant({grant_port(53, a, "198.51.100.1", kNow + 1h), grant_port(53, b, "198.51.100.1", kNow + 2h)});
  };
  for (const auto& grant : {twice(Protocol::tcp, Protocol::tcp), twice(Protocol::any, Protocol::udp),
                            twice(Protocol::udp, Protocol::any)}) {
    const auto refused = authorize(make_policy(), "web-17", grant, kNow);
    ASSERT_FALSE(refused);
    EXPECT_EQ(targets(refused.error()), std::vector<std::string>{"ports[1]"});
  }
  EXPECT_TRUE(authorize(make_policy(), "web-17", twice(Protocol::tcp, Protocol::udp), kNow));
}

TEST(Authorize, NamesEveryViolatedRuleOfEveryPort) {
  auto grant = make_grant({grant_port(22, Protocol::tcp, "198.51.100.0/23", kNow - 1h),
                           grant_port(80, Protocol::tcp, "203.0.113.7", kNow + 1h),
                           grant_port(53, Protocol::udp, "169.254.1.1", kNow + 9h)});
  grant.virtual_machine = "db-1";
  grant.justification.clear();
  const auto refused = authorize(make_policy(), "web-17", grant, kNow);
  ASSERT_FALSE(refused);
  auto found = targets(refused.error());
  std::ranges::sort(found);
  EXPECT_EQ(found, (std::vector<std::string>{
                       "justification", "ports[0].allowedSourceAddressPrefix", "ports[0].allowedSourceAddressPrefix",
                       "ports[0].endTimeUtc", "ports[0].endTimeUtc", "ports[1].number",
                       "ports[2].allowedSourceAddressPrefix", "ports[2].endTimeUtc", "virtualMachine"}));
}

TEST(StillAllowed, HoldsWhileThePolicyWouldGrantIt) {
  const auto grant = valid_grant();
  EXPECT_TRUE(still_allowed(make_policy(), grant, grant.ports[0]));
}

TEST(StillAllowed, EndsWithThePortTheSourceTheLimitOrTheMaximum) {
  auto grant = valid_grant();
  grant.ports[0].source = prefix("203.0.113.0/28");
  const std::vector<std::function<void(Policy&)>> changes{
      [](Policy& policy) { policy.ports.erase(policy.ports.begin()); },
      [](Policy& policy) { policy.ports[0].protocol = Protocol::udp; },
      [](Policy& policy) { policy.ports[0].allowed_sources = {prefix("203.0.113.0/29")}; },
      [](Policy& policy) { policy.limits.ipv4 = 29; },
      [](Policy& policy) { policy.ports[0].max_duration = 59min; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto policy = make_policy();
    ASSERT_TRUE(still_allowed(policy, grant, grant.ports[0]));
    changes[i](policy);
    EXPECT_FALSE(still_allowed(policy, grant, grant.ports[0])) << "change " << i;
  }
}

}  // namespace
}  // namespace jitgate
