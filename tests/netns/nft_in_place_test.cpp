// A table in the place of another: what stays, and what passes meanwhile.
#include <algorithm>
#include <functional>
#include <thread>

#include "tests/netns/base_chains.hpp"
#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class InPlace : public NftTest {
 protected:
  /// Replaces the table by one with another port, and one open. Whether our base chains are still those.
  bool keeps_its_chains() {
    const auto before = base_chains(network_.server);
    EXPECT_GE(before.size(), 2U);
    Lock other = lock();
    other.ports.push_back(key("192.0.2.1", Transport::tcp, 23).port);
    std::ranges::sort(other.ports);
    replace(other, {entry("192.0.2.1", Transport::tcp, 22)});
    const ObservedTable table = backend_->read().value();
    EXPECT_EQ(table.static_rules_intact, true);
    EXPECT_EQ(table.locked.size(), other.ports.size());
    EXPECT_TRUE(backend_->query(key("192.0.2.1", Transport::tcp, 22)).value());
    return base_chains(network_.server) == before;
  }
  void with(const std::string& commands) const { network_.server.check({"nft", "-f", "-"}, commands); }
};

TEST_F(InPlace, TheChainsStayOnTheirHooks) {
  replace(lock());
  EXPECT_TRUE(keeps_its_chains());
}

TEST_F(InPlace, TheChainsOfAnOrphanStayToo) {
  replace(lock());
  backend_.reset();
  backend_ = make_backend();
  EXPECT_TRUE(keeps_its_chains());
  EXPECT_TRUE(backend_->read().value().owned);
}

TEST_F(InPlace, WhatOthersPutIntoOurTableGoes) {
  backend_ = make_backend(false);
  replace(lock());
  with(
      "add chain inet jitgate theirs; add counter inet jitgate counted; add set inet jitgate s { type ipv4_addr; }; "
      "add map inet jitgate m { type inet_service : verdict; elements = { 80 : jump theirs } }; "
      "add rule inet jitgate theirs ip saddr @s counter name counted tcp dport { 1, 2 } accept");
  EXPECT_TRUE(keeps_its_chains());
  const std::string listing = network_.server.check({"nft", "list", "table", "inet", "jitgate"});
  EXPECT_EQ(listing.find("theirs"), std::string::npos) << listing;
  EXPECT_EQ(listing.find("counted"), std::string::npos) << listing;
  EXPECT_EQ(listing.find("map m "), std::string::npos) << listing;
}

// These are replaced as a whole (docs/security.md says what that lets through).
TEST_F(InPlace, IsNotWhatWasMadeDormant) {
  backend_ = make_backend(false);
  replace(lock());
  with("table inet jitgate { flags dormant; }");
  EXPECT_FALSE(keeps_its_chains());
}

TEST_F(InPlace, IsNotWhatHoldsAChainOfARule) {
  backend_ = make_backend(false);
  replace(lock());
  with("add chain inet jitgate theirs; add rule inet jitgate theirs jump { tcp dport 80 accept; }");
  EXPECT_FALSE(keeps_its_chains());
}

TEST_F(InPlace, IsNotWhatHadNoOwnerAndGetsOne) {
  backend_ = make_backend(false);
  replace(lock());
  backend_ = make_backend();
  EXPECT_FALSE(keeps_its_chains());
  EXPECT_TRUE(backend_->read().value().owned);
}

/// Packets to TCP 22 take some hundred microseconds to get through a chain of somebody else.
std::string slow_chain(const std::string& priority) {
  std::string slow = "add table inet slow\n delete table inet slow\n table inet slow { chain c { ";
  for (int i = 0; i < 100; ++i) slow += "meta length 1; ";
  slow += "}\n chain b { ";
  for (int i = 0; i < 20; ++i) slow += "jump c; ";
  slow += "}\n chain a { type filter hook input priority " + priority + "; ";
  for (int i = 0; i < 10; ++i) slow += "tcp dport 22 jump b; ";
  return slow + "}\n }\n";
}

class UnderFire : public NftTest {
 protected:
  /// What got past our last chain while `change` ran and a stranger knocked at TCP 22 all the time.
  std::string leaked_during(const std::function<void()>& change) {
    const TcpListener listener(network_.server, {network_.server.ipv4, 22});
    network_.server.check({"nft", "-f", "-"},
                          "table inet leak { counter leaked { }\n chain in { type filter hook input priority "
                          "2147483647; tcp dport 22 counter name leaked; }\n }\n");
    std::uint64_t sent = 0;
    {
      const std::jthread knocking([&](const std::stop_token& stop) {
        for (; !stop.stop_requested(); ++sent) (void)tcp_connect(network_.stranger, {network_.server.ipv4, 22}, 0ms);
      });
      change();
    }
    EXPECT_GT(sent, 100U);
    return network_.server.check({"nft", "list", "counter", "inet", "leak", "leaked"});
  }
};

// Were the table replaced by another, both their first chains would be on the hook for a while, and the kernel lets the
// old one judge nothing any more as soon as the new one does: a packet between the two is judged by neither. Here a
// slow chain would stand between them.
TEST_F(UnderFire, APacketThatIsUnderWayDuringAReplacementIsJudged) {
  replace(lock());
  const std::string leaked = leaked_during([&] {
    for (int round = 0; round < 60; ++round) {
      network_.server.check({"nft", "-f", "-"}, slow_chain("-2147483648"));
      replace(lock());
    }
  });
  EXPECT_NE(leaked.find("packets 0 bytes 0"), std::string::npos) << leaked;
}

TEST_F(UnderFire, APacketThatIsUnderWayWhenAnOrphanIsAdoptedIsJudged) {
  replace(lock());
  const std::string leaked = leaked_during([&] {
    for (int round = 0; round < 60; ++round) {
      backend_.reset();
      network_.server.check({"nft", "-f", "-"}, slow_chain("-2147483648"));
      backend_ = make_backend();
      replace(lock());
    }
  });
  EXPECT_NE(leaked.find("packets 0 bytes 0"), std::string::npos) << leaked;
  EXPECT_TRUE(backend_->read().value().owned);
}

// Here it comes from the first chain of the one table to the last of the other.
TEST_F(UnderFire, APacketThatIsUnderWayWhenOthersAreNoLongerHonoredIsJudged) {
  Lock honoring = lock();
  honoring.existing_rules = ExistingRules::honor;
  replace(lock());
  network_.server.check({"nft", "-f", "-"}, slow_chain("0"));
  const std::string leaked = leaked_during([&] {
    for (int round = 0; round < 200; ++round) replace(round % 2 == 0 ? honoring : lock());
  });
  EXPECT_NE(leaked.find("packets 0 bytes 0"), std::string::npos) << leaked;
}

}  // namespace
}  // namespace jitgate::netns
