#include <gtest/gtest.h>

#include "agent/authorize/authorize.hpp"
#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = ManualClock().wall_now();

Policy make_policy() {
  return {{policy_port(22, Protocol::tcp), policy_port(53, Protocol::tcp), policy_port(53, Protocol::udp),
           policy_port(500, Protocol::any)},
          {},
          {}};
}

PortRequest asked(int number, std::optional<Protocol> protocol, std::vector<AddressPrefix> sources) {
  return {port_number(number), protocol, std::move(sources), Duration(1h)};
}

Result<Grant> draft(std::vector<PortRequest> ports, WallTime now = kNow) {
  return draft_grant(make_policy(), {std::move(ports), "INC-1234"}, "g1", "requester@example.com", "web-17", now);
}

TEST(DraftGrant, CountsADurationFromNow) {
  const auto grant = draft({asked(22, Protocol::tcp, {prefix("203.0.113.7")})}).value();
  EXPECT_EQ(grant.start, kNow);
  EXPECT_EQ(grant.ports, std::vector{grant_port(22, Protocol::tcp, "203.0.113.7", kNow + 1h)});
  EXPECT_EQ(grant.justification, "INC-1234");
  EXPECT_EQ(grant.digest, sha256(write_grant_document(grant)));
}

TEST(DraftGrant, TakesAnEndAsItIs) {
  auto port = asked(22, Protocol::tcp, {prefix("203.0.113.7")});
  port.until = kNow + 90h;
  EXPECT_EQ(draft({port}).value().ports[0].end, kNow + 90h) << "judging it is authorize()'s";
}

TEST(DraftGrant, RefusesWhatNoDocumentCanSay) {
  auto port = asked(22, Protocol::tcp, {prefix("203.0.113.7")});
  port.until = kNow - 1h;
  EXPECT_FALSE(draft({port})) << "ends before it starts";
  const auto ports = std::vector{asked(22, Protocol::tcp, {prefix("203.0.113.7")})};
  EXPECT_FALSE(draft_grant(make_policy(), {ports, "\x1b[2J"}, "g1", "requester", "web-17", kNow));
  EXPECT_FALSE(draft_grant(make_policy(), {ports, std::string(2'000, 'x')}, "g1", "requester", "web-17", kNow));
  EXPECT_FALSE(draft_grant(make_policy(), {ports, ""}, "g1", "", "web-17", kNow));
}

TEST(DraftGrant, MakesAnOpeningOfEverySource) {
  const auto grant = draft({asked(22, Protocol::tcp, {prefix("203.0.113.7"), prefix("2001:db8::/64")})}).value();
  ASSERT_EQ(grant.ports.size(), 2U);
  EXPECT_EQ(grant.ports[1].source, prefix("2001:db8::/64"));
}

TEST(DraftGrant, TakesThePolicysProtocolWhereNoneIsNamed) {
  EXPECT_EQ(draft({asked(22, std::nullopt, {prefix("203.0.113.7")})}).value().ports[0].protocol, Protocol::tcp);
  EXPECT_EQ(draft({asked(500, std::nullopt, {prefix("203.0.113.7")})}).value().ports[0].protocol, Protocol::any);
}

TEST(DraftGrant, RefusesToGuessBetweenProtocols) {
  const auto refused = draft({asked(53, std::nullopt, {prefix("203.0.113.7")})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
  EXPECT_EQ(refused.error().target, "ports[0].number");
}

TEST(DraftGrant, RefusesAnUnknownPortWithoutProtocol) {
  const auto refused =
      draft({asked(22, Protocol::tcp, {prefix("203.0.113.7")}), asked(80, std::nullopt, {prefix("::1")})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::refused);
  EXPECT_EQ(refused.error().target, "ports[1].number");
}

TEST(DraftGrant, RefusesWhatCannotBeWrittenDown) {
  EXPECT_EQ(draft({}).error().target, "ports");
  EXPECT_EQ(draft({asked(22, Protocol::tcp, {})}).error().target, "ports[0].allowedSourceAddressPrefix");
  EXPECT_EQ(draft({asked(22, Protocol::tcp, {prefix("203.0.113.7")})}, WallTime::max() - 30min).error().target,
            "ports[0].duration");
}

TEST(DraftGrant, RefusesMoreOpeningsThanADocumentHolds) {
  std::vector<AddressPrefix> sources;
  for (int i = 0; i < 65; ++i) sources.push_back(prefix("203.0.113." + std::to_string(i)));
  const auto refused = draft({asked(22, Protocol::tcp, sources)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_many);
  sources.pop_back();
  EXPECT_TRUE(draft({asked(22, Protocol::tcp, sources)}));
}

}  // namespace
}  // namespace jitgate
