// existingRules: honor and forwarded, shape by shape, with real packets (docs/security.md, "Existing rules").
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "platform/linux/nft_table.hpp"
#include "platform/linux/table_release.hpp"
#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using namespace std::chrono_literals;

class Honor : public NftTest {
 protected:
  Honor() {
    backend_->watch([](const std::string&) {});
  }

  static Lock honoring() {
    Lock honoring = lock();
    honoring.existing_rules = ExistingRules::honor;
    return honoring;
  }
  /// nft wants a line end between the ends of a chain and of its table.
  void load(std::string rules) {
    for (auto at = rules.find("} }"); at != std::string::npos; at = rules.find("} }", at)) rules[at + 1] = '\n';
    network_.server.check({"nft", "-f", "-"}, rules);
  }
  /// Without what every listing has anew: handles are not asked for, counters are left out.
  std::string listing() { return network_.server.check({"nft", "-s", "list", "ruleset"}); }
  void handle_events() {
    io_.restart();
    io_.poll();
  }
  bool tagged() { return listing().find("comment \"jitgate: ") != std::string::npos; }
  ExistingRulesReport report(const Lock& lock) { return backend_->existing_rules(lock).value(); }

  Services services_{network_.server};
};

struct Shape {
  const char* name;
  const char* rules;
  bool client4, client6;  ///< whether TCP 22 is open to the client by these rules
};

/// The client is 198.51.100.10 and fd00:51::10, and is named where it is meant.
const std::vector<Shape> kShapes{
    {"no rules at all", "", false, false},
    {"an empty chain", "table inet f { chain c { type filter hook input priority 0; policy accept; } }", false, false},
    {"an accept of one source",
     "table inet f { chain c { type filter hook input priority 0; ip saddr 198.51.100.10 tcp dport 22 accept; ip6 "
     "saddr fd00:51::10 tcp dport 22 accept; } }",
     true, true},
    {"an accept of IPv4 only", "table ip f { chain c { type filter hook input priority 0; tcp dport 22 accept; } }",
     true, false},
    {"an accept of IPv6 only", "table ip6 f { chain c { type filter hook input priority 0; tcp dport 22 accept; } }",
     false, true},
    {"a catch-all accept", "table inet f { chain c { type filter hook input priority 0; accept; } }", true, true},
    {"an accept and a drop elsewhere",
     "table inet f { chain c { type filter hook input priority 0; tcp dport 22 accept; }\n chain d { type filter hook "
     "input priority 10; tcp dport 22 drop; } }",
     false, false},
    {"accepts in two chains of equal priority",
     "table inet f { chain c { type filter hook input priority 0; }\n chain d { type filter hook input priority 0; tcp "
     "dport 22 accept; } }",
     true, true},
    {"behind a jump",
     "table inet f { chain s { tcp dport 22 accept; }\n chain c { type filter hook input priority 0; policy drop; meta "
     "l4proto ipv6-icmp accept; jump s; } }",
     true, true},
    {"behind a return in the jump",
     "table inet f { chain s { ip saddr 198.51.100.10 return; tcp dport 22 accept; }\n chain c { type filter hook "
     "input priority 0; jump s; } }",
     false, true},
    {"a return in the base chain",
     "table inet f { chain c { type filter hook input priority 0; ip saddr 198.51.100.10 return; tcp dport 22 accept; "
     "} }",
     false, true},
    {"a named set",
     "table inet f { set s { type ipv4_addr; flags interval; elements = { 198.51.100.0/28 }; }\n chain c { type filter "
     "hook input priority 0; ip saddr @s tcp dport 22 accept; } }",
     true, false},
    {"a verdict map",
     "table inet f { chain c { type filter hook input priority 0; tcp dport vmap { 22 : accept, 80 : drop }; } }", true,
     true},
    {"an accept behind a goto of a jumped chain",
     "table inet f { chain z { tcp dport 22 accept; }\n chain s { goto z; }\n chain c { type filter hook input "
     "priority 0; jump s; drop; } }",
     true, true},
    {"a reject at the end",
     "table inet f { chain c { type filter hook input priority 0; ip saddr 198.51.100.10 accept; meta l4proto "
     "ipv6-icmp accept; reject; } }",
     true, false},
    {"a dormant table",
     "table inet f { flags dormant; chain c { type filter hook input priority 0; tcp dport 22 accept; } }", false,
     false},
    {"a chain of another hook",
     "table inet f { chain c { type filter hook prerouting priority 0; tcp dport 22 accept; } }", false, false},
};

TEST_F(Honor, AnExistingAcceptWinsWhateverItsShape) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.name);
    load(std::string("flush ruleset\n") + shape.rules);
    const std::string before = listing();
    replace(honoring());
    EXPECT_TRUE(backend_->read().value().static_rules_intact);
    EXPECT_EQ(knock(network_.client, network_.client.ipv4, shape.client4 ? kPatience : kSilence) == Outcome::connected,
              shape.client4);
    EXPECT_EQ(knock(network_.client, network_.client.ipv6, shape.client6 ? kPatience : kSilence) == Outcome::connected,
              shape.client6);
    require(backend_->commit(RemoveTable{}));
    EXPECT_EQ(listing(), before);
  }
}

TEST_F(Honor, WhoIsAlwaysAllowedPassesADropPolicy) {
  load("table inet f { chain c { type filter hook input priority 0; policy drop; meta l4proto ipv6-icmp accept; } }");
  Lock wanted = honoring();
  wanted.always_allow = {AddressPrefix::parse(network_.client.ipv4).value(),
                         AddressPrefix::parse(network_.client.ipv6).value()};
  replace(wanted);
  for (const std::string& source : {network_.client.ipv4, network_.client.ipv6}) {
    EXPECT_EQ(knock(network_.client, source, kPatience), Outcome::connected);
    EXPECT_EQ(knock_udp(network_.client, source, kPatience), Outcome::connected);
  }
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kSilence), Outcome::timed_out);
  EXPECT_EQ(knock_udp(network_.stranger, network_.stranger.ipv6, kSilence), Outcome::timed_out);
}

TEST_F(Honor, AGrantPassesWhateverTheShape) {
  for (const Shape& shape : kShapes) {
    for (const bool honor : {true, false}) {
      SCOPED_TRACE(shape.name);
      load(std::string("flush ruleset\n") + shape.rules);
      replace(honor ? honoring() : lock(),
              {entry(network_.client.ipv4, Transport::tcp, 22), entry(network_.client.ipv4, Transport::udp, 53)});
      EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
      EXPECT_EQ(knock_udp(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
      require(backend_->commit(RemoveTable{}));
    }
  }
}

TEST_F(Honor, AChainThatComesLaterIsHonoredFromItsFirstEvent) {
  replace(honoring());
  load(
      "table inet f { chain c { type filter hook input priority 0; policy drop; meta l4proto ipv6-icmp accept; tcp "
      "dport 22 accept; } }");
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out) << "closed until it is known";
  handle_events();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  // Flushed, refilled, deleted and made anew.
  load("flush chain inet f c\nadd rule inet f c ip saddr 198.51.100.20 accept");
  handle_events();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kPatience), Outcome::connected);
  put({entry(network_.client.ipv4, Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  load("delete table inet f\ntable ip g { chain c { type filter hook input priority 0; policy drop; } }");
  handle_events();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kSilence), Outcome::timed_out);
}

TEST_F(Honor, ReloadsInAStreamOfPacketsLetNoStrangerIn) {
  const std::string rules =
      "flush ruleset\ntable inet f { chain c { type filter hook input priority 0; policy accept; ip saddr "
      "198.51.100.10 accept; } }";
  load(rules);
  backend_ = make_backend(true);
  backend_->watch([](const std::string&) {});
  replace(honoring());
  for (int i = 0; i < 20; ++i) {
    load(rules);
    EXPECT_EQ(knock_udp(network_.stranger, network_.stranger.ipv4, 20ms), Outcome::timed_out);
    handle_events();
    EXPECT_EQ(knock_udp(network_.stranger, network_.stranger.ipv4, 20ms), Outcome::timed_out);
    EXPECT_EQ(knock_udp(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  }
}

TEST_F(Honor, AnEstablishedConnectionIsTheOthersToJudge) {
  load("table inet f { chain c { type filter hook input priority 0; policy accept; } }");
  replace(honoring(), {entry(network_.client.ipv4, Transport::tcp, 22)});
  TcpListener listener(network_.server, {network_.server.ipv4, 2200});
  TcpPair session(network_.client, services_.tcp4, {network_.server.ipv4, 22}, {network_.client.ipv4, 0});
  close({key(network_.client.ipv4, Transport::tcp, 22)});
  EXPECT_TRUE(session.echoes()) << "the grant's end does not cut it";
  load("insert rule inet f c ip saddr 198.51.100.10 drop");
  EXPECT_FALSE(session.echoes(kSilence)) << "an administrator's ban does";
}

TEST_F(Honor, MarksDoNotLeak) {
  // Saved with the connection by somebody's rule, and restored on the way out.
  load(
      "table inet f { chain c { type filter hook input priority 0; ct mark set meta mark; tcp dport 22 accept; }\n"
      " chain o { type route hook output priority 0; meta mark set ct mark; }\n"
      " chain after { type filter hook postrouting priority 0; meta mark & 0x7f000000 != 0 counter; meta mark & "
      "0x00ffffff == 0x5 counter; } }");
  replace(honoring());
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  put({entry(network_.client.ipv6, Transport::tcp, 22)});
  EXPECT_EQ(knock(network_.client, network_.client.ipv6, kPatience), Outcome::connected);
  const std::string counted = network_.server.check({"nft", "list", "chain", "inet", "f", "after"});
  EXPECT_NE(counted.find("!= 0x00000000 counter packets 0 bytes 0"), std::string::npos) << counted;
}

TEST_F(Honor, AMarkThatCameWithThePacketSaysNothing) {
  // 0x01000000 is "granted", 0x02000000 "not granted, accepted by all".
  for (const char* mark : {"0x01000000", "0x02000000", "0x00000000"}) {
    SCOPED_TRACE(mark);
    load(std::string("flush ruleset\ntable inet f { chain p { type filter hook prerouting priority 0; meta mark set ") +
         mark + "; }\n chain c { type filter hook input priority 0; } }");
    replace(honoring());
    EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  }
}

TEST_F(Honor, CountsAndSamplesWhatOthersLetIn) {
  load(
      "table ip f { chain c { type filter hook input priority 0; ip saddr 198.51.100.20 tcp dport { 22, 80 } accept; } "
      "}");
  const Lock wanted = honoring();
  ExistingRulesReport before = report(wanted);
  ASSERT_EQ(before.exposures.size(), 1U) << "found by reading, before anything is locked";
  EXPECT_EQ(before.exposures[0].by, "ip f c");
  EXPECT_EQ(before.exposures[0].port, port(Transport::tcp, 22));
  EXPECT_EQ(before.exposures[0].packets, 0U);
  replace(wanted);
  EXPECT_EQ(knock(network_.stranger, network_.stranger.ipv4, kPatience), Outcome::connected);
  const ExistingRulesReport after = report(wanted);
  ASSERT_EQ(after.exposures.size(), 1U);
  EXPECT_EQ(after.exposures[0].by, "ip f c");
  EXPECT_EQ(after.exposures[0].packets, 1U);
  EXPECT_EQ(after.exposures[0].sources, std::vector{AddressPrefix::parse("198.51.100.20").value()});
  EXPECT_TRUE(after.problems.empty());
}

TEST_F(Honor, WhatCannotBeJudgedIsReportedAndStaysLocked) {
  struct Case {
    const char* rules;
    const char* told;
  };
  for (const Case& one :
       {Case{"table inet f { chain z { tcp dport 22 accept; }\n chain c { type filter hook input priority 0; goto z; } "
             "}",
             "inet f c: an accept behind a goto"},
        Case{"table inet f { chain c { type filter hook input priority 0; tcp dport vmap { 22 : accept, 80 : return }; "
             "} }",
             "inet f c: an accept behind a goto, or in a verdict map"},
        Case{"table inet f { chain c { type filter hook input priority 0; meta mark set 0x1; tcp dport 22 accept; } }",
             "inet f c: its rules use bits of the packet mark"}}) {
    SCOPED_TRACE(one.rules);
    load(std::string("flush ruleset\n"));
    require(backend_->commit(RemoveTable{}));
    load(one.rules);
    replace(honoring());
    const auto problems = report(honoring()).problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].find(one.told), 0U) << problems[0];
    EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  }
}

TEST_F(Honor, AChainAtTheVeryFirstPriorityIsReported) {
  // Whether it comes before ours depends on which was registered last.
  load("table inet f { chain c { type filter hook input priority -2147483648; tcp dport 22 accept; } }");
  replace(honoring());
  const auto problems = report(honoring()).problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].find("inet f c: is at the very first priority"), 0U) << problems[0];
}

TEST_F(Honor, MoreChainsThanBitsStayLockedAndAreNamed) {
  std::string rules = "table inet f {\n";
  for (int i = 0; i < 6; ++i) {
    rules += " chain c" + std::to_string(i) + " { type filter hook input priority " + std::to_string(i) +
             "; tcp dport " + (i == 5 ? "22" : "80") + " accept; }\n";
  }
  load(rules + "}");
  replace(honoring());
  const auto problems = report(honoring()).problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].find("inet f c5: more chains accept packets than enforcement.mark.mask has bits"), 0U)
      << problems[0];
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  // One fewer, and its bit is free.
  load("delete chain inet f c0");
  handle_events();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  EXPECT_TRUE(report(honoring()).problems.empty());
}

TEST_F(Honor, ChainsOfIpAndIp6ShareBits) {
  std::string rules;
  for (const char* family : {"ip", "ip6"}) {
    rules += std::string("table ") + family + " f {\n";
    for (int i = 0; i < 5; ++i) {
      rules += " chain c" + std::to_string(i) + " { type filter hook input priority 0; tcp dport 22 accept; }\n";
    }
    rules += "}\n";
  }
  load(rules);
  replace(honoring());
  EXPECT_TRUE(report(honoring()).problems.empty());
}

TEST_F(Honor, AVerdictMapThatChangesIsFollowed) {
  load(
      "table inet f { map m { type inet_service : verdict; elements = { 80 : drop }; }\n"
      " chain c { type filter hook input priority 0; tcp dport vmap @m; } }");
  replace(honoring());
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  load("add element inet f m { 22 : accept }");
  handle_events();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kPatience), Outcome::connected);
  load("add element inet f m { 81 : return }");
  handle_events();
  EXPECT_EQ(knock(network_.client, network_.client.ipv4, kSilence), Outcome::timed_out);
  EXPECT_EQ(report(honoring()).problems.size(), 1U);
}

TEST_F(Honor, ATableThatAnotherProcessOwnsIsNamed) {
  // Its owner lives while the test does. firewalld's, whose owner can be told not to.
  const auto owner = network_.server.run([&] { return NetlinkSocket::open().value(); });
  nft::Batch batch;
  batch.begin(1);
  nlmsghdr* table = batch.add(nft::Operation::add_table, NFT_MSG_NEWTABLE, NLM_F_CREATE);
  mnl_attr_put_strz(table, NFTA_TABLE_NAME, "firewalld");
  mnl_attr_put_u32(table, NFTA_TABLE_FLAGS, htonl(nft::kTableOwner));
  nlmsghdr* chain = batch.add(nft::Operation::add_chain, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  nft::Chain input{"c", nft::Attachment{nft::Hook::input, 0}};
  const auto built = nft::build_chain(input);
  nftnl_chain_set_str(built.get(), NFTNL_CHAIN_TABLE, "firewalld");
  nftnl_chain_set_u32(built.get(), NFTNL_CHAIN_POLICY, NF_DROP);
  nftnl_chain_nlmsg_build_payload(chain, built.get());
  batch.end();
  const auto failure = batch.submit(owner);
  ASSERT_FALSE(failure) << describe(failure->to_error());
  load("table inet f { chain c { type filter hook input priority 10; tcp dport 22 accept; } }");
  replace(honoring(), {entry(network_.client.ipv4, Transport::tcp, 22)});
  const auto problems = report(honoring()).problems;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(problems[0].starts_with("table inet firewalld is owned by another process")) << problems[0];
  EXPECT_NE(problems[0].find("NftablesTableOwner=no"), std::string::npos) << problems[0];
  EXPECT_TRUE(tagged()) << "the tables that can be changed are";
}

TEST_F(Honor, WhatAnEarlierRunLeftIsTakenOver) {
  load("table inet f { chain c { type filter hook input priority 0; policy drop; tcp dport 22 accept; } }");
  const std::string before = listing();
  replace(honoring());
  const std::string locked = listing();
  backend_.reset();  // as a crash leaves it
  backend_ = make_backend();
  replace(honoring());
  EXPECT_EQ(listing(), locked);
  require(backend_->commit(RemoveTable{}));
  EXPECT_EQ(listing(), before);
}

TEST_F(Honor, ReleaseTakesOurRulesFromTheChainsOfOthers) {
  load("table inet f { chain c { type filter hook input priority 0; policy drop; tcp dport 80 accept; } }");
  const std::string before = listing();
  replace(honoring());
  ASSERT_TRUE(tagged());
  EXPECT_TRUE(network_.server.run([] { return release_table(); }));
  EXPECT_EQ(listing(), before);
  handle_events();
  EXPECT_EQ(listing(), before) << "and the daemon does not put them back";
}

}  // namespace
}  // namespace jitgate::netns
