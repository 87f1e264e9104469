#include "platform/linux/nft_render.hpp"

#include <string_view>

#include "tests/fake/manual_clock.hpp"
#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

/// Every `key` and the number behind it, cut out.
std::string without(std::string json, std::string_view key) {
  for (std::size_t at = 0; (at = json.find(key, at)) != std::string::npos;) {
    json.erase(at, json.find_first_not_of("0123456789", at + key.size()) - at);
  }
  return json;
}

/// What two listings of the same ruleset may differ in.
std::string without_incidentals(const std::string& json) {
  return without(without(json, "\"handle\": "), ", \"expires\": ");
}

struct RenderCase {
  DenyAction deny;
  std::vector<const char*> always_allow;
  std::vector<const char*> sources;
  bool trial;
};

class RenderMode : public ::testing::TestWithParam<std::tuple<ExistingRules, bool>> {};
INSTANTIATE_TEST_SUITE_P(, RenderMode,
                         ::testing::Combine(::testing::Values(ExistingRules::honor, ExistingRules::override),
                                            ::testing::Bool()));

TEST_P(RenderMode, LoadsIntoTheVeryRulesetThatTheBackendInstalls) {
  const ManualClock clock;
  boost::asio::io_context io;
  for (const RenderCase& one : std::vector<RenderCase>{{DenyAction::drop, {}, {}, false},
                                                       {DenyAction::drop,
                                                        {"192.0.2.10", "198.51.100.0/24", "10.0.0.0/9", "0.0.0.0/0"},
                                                        {"203.0.113.7", "203.0.113.0/24", "0.0.0.0/0"},
                                                        false},
                                                       {DenyAction::reject,
                                                        {"2001:db8::1", "2001:db8::/32", "2001:db8::/33", "::/0"},
                                                        {"2001:db8:1::/56", "2001:db8:1::1", "::/0"},
                                                        true},
                                                       {DenyAction::audit,
                                                        {"192.0.2.10", "2001:db8::1"},
                                                        {"10.0.0.0/8", "192.0.2.128/25", "2001:db8:1::/49"},
                                                        false}}) {
    Lock lock{{}, {}, one.deny, one.trial ? std::optional(clock.boot_now() + 90s) : std::nullopt};
    std::tie(lock.existing_rules, lock.forwarded) = GetParam();
    for (const Transport transport : transports(Protocol::any)) lock.ports.push_back(port(transport, 22));
    for (const char* prefix : one.always_allow) lock.always_allow.push_back(AddressPrefix::parse(prefix).value());
    std::vector<AllowEntry> entries{{key("192.0.2.99", Transport::tcp, 22), clock.boot_now() - 1h}};
    for (const char* source : one.sources) {
      entries.push_back({key(source, Transport::tcp, 22), clock.boot_now() + 26h + 3min + 4s});
      entries.push_back({key(source, Transport::sctp, 22), clock.boot_now() + 90s});
    }
    const NetworkNamespace ours;
    const NetworkNamespace theirs;
    const auto backend = ours.run([&] { return make_nft_backend({clock, false}, io).value(); });
    require(backend->commit(ReplaceTable{lock, entries}));
    const std::string text = nft::render(lock, nft::MarkBits::standard(), entries, clock.boot_now(), false);
    for (int round = 0; round < 2; ++round) {  // the second time it replaces itself
      const ExecResult loaded = theirs.exec({"nft", "-f", "-"}, text);
      ASSERT_EQ(loaded.status, 0) << loaded.err << text;
    }
    EXPECT_EQ(without_incidentals(ours.check({"nft", "-j", "list", "ruleset"})),
              without_incidentals(theirs.check({"nft", "-j", "list", "ruleset"})))
        << text;
  }
}

TEST(Render, SaysOwnershipOnlyWhereItIsOn) {
  const ManualClock clock;
  const Lock lock{{port(Transport::tcp, 22)}, {}, DenyAction::drop, std::nullopt};
  EXPECT_NE(nft::render(lock, nft::MarkBits::standard(), {}, clock.boot_now(), true).find("flags owner,persist\n"),
            std::string::npos);
  EXPECT_EQ(nft::render(lock, nft::MarkBits::standard(), {}, clock.boot_now(), false).find("owner"), std::string::npos);
}

}  // namespace
}  // namespace jitgate::netns
