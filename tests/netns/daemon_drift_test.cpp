// Somebody else at our table: refused where the kernel can, mended where it cannot.
#include <regex>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonDrift : public DaemonTest {
 protected:
  /// What another root process may try. Elements and rules are those that stand now.
  [[nodiscard]] std::vector<std::pair<std::string, std::vector<std::string>>> tampering() const {
    const auto listing = nft({"-a", "-n", "list", "chain", "inet", "jitgate", "input"}).out;
    std::smatch handle;
    const bool found = std::regex_search(listing, handle, std::regex("@locked.* # handle ([0-9]+)"));
    return {
        {"flush the ruleset", {"flush", "ruleset"}},
        {"delete the table", {"delete", "table", "inet", "jitgate"}},
        {"open for a stranger",
         {"add", "element", "inet", "jitgate", "allow4_32",
          "{ " + network_.stranger.ipv4 + " . tcp . 22 timeout 1h }"}},
        {"close a grant",
         {"delete", "element", "inet", "jitgate", "allow4_32", "{ " + network_.client.ipv4 + " . tcp . 22 }"}},
        {"unlock a port", {"delete", "element", "inet", "jitgate", "locked", "{ tcp . 22 }"}},
        {"delete a rule", {"delete", "rule", "inet", "jitgate", "input", "handle", found ? handle[1].str() : "none"}},
        {"flush the chains", {"flush", "table", "inet", "jitgate"}},
        {"let all pass", {"insert", "rule", "inet", "jitgate", "input", "accept"}}};
  }
};

TEST_F(DaemonDrift, AnOwnedTableCannotBeChanged) {
  daemon_.settings.own_table = "on";
  daemon_.start();
  EXPECT_TRUE(daemon_.status().at("backend").at("ownsTable").as_bool());
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto before = ruleset();
  for (const auto& [what, command] : tampering()) {
    const auto result = nft(command);
    if (what == "flush the ruleset") {
      EXPECT_EQ(result.status, 0) << "it passes by what is owned";
    } else {
      EXPECT_NE(result.status, 0) << what;
      EXPECT_NE(result.err.find("Operation not permitted"), std::string::npos) << what << ": " << result.err;
    }
    EXPECT_EQ(ruleset(), before) << what;
  }
  EXPECT_EQ(daemon_.drift(), 0);
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonDrift, ATableThatIsNotOwnedIsMendedAtOnce) {
  daemon_.settings.own_table = "off";
  daemon_.start();
  EXPECT_FALSE(daemon_.status().at("backend").at("ownsTable").as_bool());
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto session = connect(network_.client, kTcp4);
  const auto before = ruleset();
  std::int64_t drift = 0;
  for (std::size_t i = 0; i < tampering().size(); ++i) {
    const auto [what, command] = tampering()[i];
    ASSERT_EQ(nft(command).status, 0) << what;
    EXPECT_TRUE(eventually([&] { return ruleset() == before; })) << what << ":\n" << ruleset();
    const auto status = daemon_.status();
    EXPECT_GT(status.at("drift").to_number<std::int64_t>(), drift) << what;
    drift = status.at("drift").to_number<std::int64_t>();
    EXPECT_TRUE(status.at("inSync").as_bool()) << what;
    EXPECT_EQ(text(status, "state"), "enforcing") << what;
    EXPECT_TRUE(all_refused(network_.stranger)) << what;
    EXPECT_TRUE(opens(network_.client, kTcp4)) << what;
    EXPECT_TRUE(session.alive()) << what;
  }
  EXPECT_TRUE(eventually([&] { return daemon_.audited("firewall.repair") >= tampering().size(); }, kLong));
}

TEST_F(DaemonDrift, AMendedGrantKeepsItsEnd) {
  daemon_.settings.own_table = "off";
  daemon_.start();
  const auto asked = std::chrono::steady_clock::now();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "5s");
  ASSERT_EQ(nft({"flush", "ruleset"}).status, 0);
  ASSERT_TRUE(eventually([&] { return table_stands(); }));
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_GE(std::chrono::steady_clock::now() - asked, std::chrono::milliseconds(4980));
  EXPECT_LE(std::chrono::steady_clock::now() - asked, kLong);
}

TEST_F(DaemonDrift, WhatWasDoneWhileNobodyOwnedTheTableIsMendedAtTheStart) {
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto before = ruleset();
  daemon_.kill();
  ASSERT_EQ(nft({"flush", "ruleset"}).status, 0);
  ASSERT_FALSE(table_stands());
  daemon_.start();
  EXPECT_EQ(ruleset(), before);
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(all_refused(network_.stranger));

  daemon_.kill();
  ASSERT_EQ(nft({"insert", "rule", "inet", "jitgate", "input", "accept"}).status, 0);
  ASSERT_TRUE(opens(network_.stranger, kTcp4));
  daemon_.start();
  EXPECT_EQ(ruleset(), before) << "adopted, never trusted";
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_F(DaemonDrift, OtherTablesAreLeftAlone) {
  daemon_.start();
  network_.server.check({"nft", "add", "table", "inet", "other"});
  network_.server.check({"nft", "delete", "table", "inet", "other"});
  EXPECT_EQ(daemon_.drift(), 0);
  EXPECT_TRUE(all_refused(network_.stranger));
}

}  // namespace
}  // namespace jitgate::netns
