// Random policies and grants against an oracle that knows nothing of prefixes: it goes through the addresses one by
// one.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "agent/authorize/authorize.hpp"
#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

const WallTime kNow = ManualClock().wall_now();

/// Draws from few enough values that containment, equality and near misses are all frequent.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : engine_(seed) {}
  int below(int bound) { return std::uniform_int_distribution<>(0, bound - 1)(engine_); }
  /// Only the last (IPv4: 8, IPv6: 8) bits vary, so that an oracle can list the addresses.
  AddressPrefix prefix() {
    const auto last = static_cast<std::uint8_t>(below(256));
    const auto length = static_cast<unsigned>(below(9));
    if (below(2) == 0) return AddressPrefix::of(std::array<std::uint8_t, 4>{203, 0, 113, last}, 24 + length);
    return AddressPrefix::of(std::array<std::uint8_t, 16>{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last},
                             120 + length);
  }
  Protocol protocol() { return static_cast<Protocol>(below(3)); }

 private:
  std::mt19937 engine_;
};

std::vector<std::pair<Family, int>> hosts(const AddressPrefix& prefix) {
  const int first = prefix.bytes().back();
  const int count = 1 << (address_bits(prefix.family()) - prefix.length());
  std::vector<std::pair<Family, int>> all;
  for (int i = 0; i < count; ++i) all.emplace_back(prefix.family(), first + i);
  return all;
}

bool inside(const AddressPrefix& outer, const AddressPrefix& inner) {
  const auto allowed = hosts(outer);
  return std::ranges::all_of(hosts(inner),
                             [&](const auto& host) { return std::ranges::find(allowed, host) != allowed.end(); });
}

bool covers(Protocol outer, Protocol inner) {
  const auto of_outer = transports(outer);
  return std::ranges::all_of(transports(inner),
                             [&](Transport t) { return std::ranges::find(of_outer, t) != of_outer.end(); });
}

bool oracle(const Policy& policy, const Grant& grant) {
  const auto& port = grant.ports[0];
  for (const auto& rule : policy.ports) {
    if (rule.number != port.number || !covers(rule.protocol, port.protocol)) continue;
    const auto limit = port.source.family() == Family::ipv4 ? policy.limits.ipv4 : policy.limits.ipv6;
    return std::ranges::any_of(rule.allowed_sources,
                               [&](const auto& allowed) { return inside(allowed, port.source); }) &&
           port.source.length() >= limit && port.end > kNow && port.end > grant.start &&
           port.end - grant.start <= rule.max_duration && grant.start <= kNow + rule.max_duration;
  }
  return false;
}

Policy draw_policy(Draw& draw) {
  Policy policy;
  for (const int number : {22, 53}) {
    if (draw.below(4) == 0) continue;
    auto port = policy_port(number, draw.protocol(), {draw.prefix(), draw.prefix()});
    port.max_duration = std::chrono::minutes(1 + draw.below(4));
    policy.ports.push_back(std::move(port));
  }
  policy.limits = {24U + static_cast<unsigned>(draw.below(9)), 120U + static_cast<unsigned>(draw.below(9))};
  return policy;
}

Grant draw_grant(Draw& draw) {
  auto grant = make_record(ManualClock(), "g1", {}).grant;
  grant.start = kNow + std::chrono::minutes(draw.below(10) - 5);
  grant.ports.push_back({port_number(draw.below(2) == 0 ? 22 : 53), draw.protocol(), draw.prefix(),
                         kNow + std::chrono::minutes(draw.below(12) - 2)});
  return grant;
}

TEST(AuthorizeProperty, AgreesWithAnOracleThatListsAddresses) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Draw draw(seed);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto policy = draw_policy(draw);
    const auto grant = draw_grant(draw);
    const auto judged = authorize(policy, "web-17", grant, kNow);
    ASSERT_EQ(judged.has_value(), oracle(policy, grant)) << "round " << i << ": " << grant.ports[0].source.to_string()
                                                         << ": " << (judged ? "accepted" : describe(judged.error()));
    accepted += judged ? 1 : 0;
  }
  EXPECT_GT(accepted, 50) << "the draw must reach both sides";
  EXPECT_LT(accepted, 19'000);
}

TEST(AuthorizeProperty, AcceptedGrantsAreStillAllowedByTheSamePolicy) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Draw draw(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto policy = draw_policy(draw);
    const auto grant = draw_grant(draw);
    if (!authorize(policy, "web-17", grant, kNow)) continue;
    ASSERT_TRUE(still_allowed(policy, grant, grant.ports[0])) << "round " << i;
  }
}

}  // namespace
}  // namespace jitgate
