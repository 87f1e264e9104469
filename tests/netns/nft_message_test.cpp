// What goes to the kernel and what comes back, as bytes: no kernel needed.

#include <arpa/inet.h>
#include <endian.h>
#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include "platform/linux/nft_contents.hpp"
#include "platform/linux/nft_describe.hpp"
#include "platform/linux/nft_reply.hpp"

namespace jitgate::nft {
namespace {

using namespace std::chrono_literals;

AllowKey key(const char* source, Transport transport, int number) {
  return {AddressPrefix::parse(source).value(), {transport, PortNumber::from(number).value()}};
}

std::string hex(std::span<const std::byte> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

/// A message as the kernel would send it.
class Message {
 public:
  explicit Message(std::uint16_t type, std::uint32_t sequence = 1, std::uint32_t port_id = 0,
                   std::uint8_t family = NFPROTO_INET) {
    header_ = mnl_nlmsg_put_header(bytes_.data());
    header_->nlmsg_type = type;
    header_->nlmsg_seq = sequence;
    header_->nlmsg_pid = port_id;
    if (type >= NLMSG_MIN_TYPE) {
      static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header_, sizeof(nfgenmsg)))->nfgen_family = family;
    }
  }
  static std::uint16_t nft(int type) { return static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | type); }
  nlmsghdr* operator->() { return header_; }
  nlmsghdr* get() { return header_; }
  std::span<const std::byte> bytes() const { return {bytes_.data(), header_->nlmsg_len}; }
  NetlinkMessage parsed() const { return parse_netlink_messages(bytes()).value().front(); }

 private:
  alignas(nlmsghdr) std::array<std::byte, 4096> bytes_{};
  nlmsghdr* header_;
};

TEST(Element, IsWhatNftSends) {
  Batch batch;
  batch.begin(7);
  ElementWriter writer(batch);
  const AllowKey one = key("203.0.113.7", Transport::tcp, 22);
  writer.create(one, Milliseconds(3'600'000));
  writer.close();
  batch.end();
  const auto messages = parse_netlink_messages(batch.bytes()).value();
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].type, NFNL_MSG_BATCH_BEGIN);
  EXPECT_EQ(messages[2].type, NFNL_MSG_BATCH_END);
  EXPECT_EQ(messages[1].type, Message::nft(NFT_MSG_NEWSETELEM));
  EXPECT_EQ(messages[1].flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
  EXPECT_EQ(messages[1].sequence, 8U);
  // nft create element inet jitgate allow4_32 { 203.0.113.7 . tcp . 22 timeout 1h expires 1h }
  EXPECT_EQ(hex(messages[1].payload),
            "01000000"  // family inet
            "0c000100"
            "6a69746761746500"  // table "jitgate"
            "0e000200"
            "616c6c6f77345f3332000000"  // set "allow4_32"
            "34000380"
            "30000180"  // elements { element {
            "14000180"
            "10000100"
            "cb007107"
            "06000000"
            "00160000"  // key
            "0c000400"
            "000000000036ee80"  // timeout 3,600,000 ms
            "0c000500"
            "000000000036ee80");  // expires
}

TEST(Element, KeysLeaveOutAnAddressOfWhichNoBitCounts) {
  EXPECT_EQ(hex(ElementKey::of(key("0.0.0.0/0", Transport::udp, 53)).view()), "1100000000350000");
  EXPECT_EQ(hex(ElementKey::of(key("2001:db8::/56", Transport::sctp, 65535)).view()),
            "20010db8000000000000000000000000"
            "84000000ffff0000");
}

TEST(Element, TimeoutsAreRoundedDownAndNeverTooShortToCount) {
  const BootTime now(1h);
  struct Case {
    Duration left;
    std::optional<std::uint64_t> milliseconds;
  };
  for (const auto& [left, milliseconds] :
       {Case{1h, 3'600'000}, Case{10ms + 999'999ns, 10}, Case{10ms, 10}, Case{10ms - 1ns, std::nullopt},
        Case{1ns, std::nullopt}, Case{0ns, std::nullopt}, Case{-1h, std::nullopt}}) {
    const auto timeout = timeout_until(now + left, now);
    EXPECT_EQ(timeout ? std::optional(timeout->count()) : std::nullopt, milliseconds) << left.count();
  }
  EXPECT_FALSE(timeout_until(BootTime(Duration::min()), now));
  EXPECT_TRUE(timeout_until(BootTime(Duration::max()), now));
}

TEST(Element, LockedKeysThatAreNotPortsAreNotBelieved) {
  const ElementKey good = ElementKey::of(TransportPort{Transport::tcp, PortNumber::from(22).value()});
  EXPECT_EQ(parse_locked_key(good.view())->number.value(), 22);
  EXPECT_FALSE(parse_locked_key(good.view().first(7)));
  for (const auto& [at, value] : {std::pair<std::size_t, int>{0, 1}, {5, 0}}) {
    ElementKey bad = good;
    bad.bytes.at(at) = static_cast<std::byte>(value);
    EXPECT_FALSE(parse_locked_key(bad.view())) << at;
  }
}

struct RuleCase {
  const char* nft;
  Rule rule;
  const char* expressions;
};

// The right column is what `nft --debug=netlink` prints for the left one.
TEST(Expression, IsWhatNftSends) {
  for (const RuleCase& one :
       {RuleCase{"iif lo accept",
                 {"c", {FromLoopback{}, Accept{}}},
                 "  [ meta load iif => reg 1 ]\n  [ cmp eq reg 1 0x00000001 ]\n  [ immediate reg 0 accept ]\n"},
        RuleCase{"tcp flags & (syn | ack) == syn goto x",
                 {"c", {OpensTcpConnection{}, Goto{"x"}}},
                 "  [ meta load l4proto => reg 1 ]\n  [ cmp eq reg 1 0x00000006 ]\n  [ payload load 1b @ transport "
                 "header + 13 => reg 1 ]\n"
                 "  [ bitwise reg 1 = ( reg 1 & 0x00000012 ) ^ 0x00000000 ]\n  [ cmp eq reg 1 0x00000002 ]\n  [ "
                 "immediate reg 0 goto -> x ]\n"},
        RuleCase{"ct state established drop",
                 {"c", {Established{}, Drop{}}},
                 "  [ ct load state => reg 1 ]\n  [ bitwise reg 1 = ( reg 1 & 0x00000002 ) ^ 0x00000000 ]\n  [ cmp neq "
                 "reg 1 0x00000000 ]\n"
                 "  [ immediate reg 0 drop ]\n"},
        RuleCase{"ct state related goto x",
                 {"c", {Related{}, Goto{"x"}}},
                 "  [ ct load state => reg 1 ]\n  [ bitwise reg 1 = ( reg 1 & 0x00000004 ) ^ 0x00000000 ]\n  [ cmp neq "
                 "reg 1 0x00000000 ]\n"
                 "  [ immediate reg 0 goto -> x ]\n"},
        RuleCase{"ip saddr 192.0.2.0/25",
                 {"c", {SourceIs{AddressPrefix::parse("192.0.2.0/25").value()}}},
                 "  [ meta load nfproto => reg 1 ]\n  [ cmp eq reg 1 0x00000002 ]\n  [ payload load 4b @ network "
                 "header + 12 => reg 1 ]\n"
                 "  [ bitwise reg 1 = ( reg 1 & 0x80ffffff ) ^ 0x00000000 ]\n  [ cmp eq reg 1 0x000200c0 ]\n"},
        RuleCase{"ip6 saddr fd00::/56",
                 {"c", {SourceIs{AddressPrefix::parse("fd00::/56").value()}}},
                 "  [ meta load nfproto => reg 1 ]\n  [ cmp eq reg 1 0x0000000a ]\n  [ payload load 7b @ network "
                 "header + 8 => reg 1 ]\n"
                 "  [ cmp eq reg 1 0x000000fd 0x00000000 ]\n"},
        RuleCase{"ip saddr & 255.255.255.0 . meta l4proto . th dport @s",
                 {"c", {SourceAndPortIn{Family::ipv4, 24, "s"}}},
                 "  [ meta load nfproto => reg 1 ]\n  [ cmp eq reg 1 0x00000002 ]\n  [ payload load 4b @ network "
                 "header + 12 => reg 1 ]\n"
                 "  [ bitwise reg 1 = ( reg 1 & 0x00ffffff ) ^ 0x00000000 ]\n  [ meta load l4proto => reg 9 ]\n"
                 "  [ payload load 2b @ transport header + 2 => reg 10 ]\n  [ lookup reg 1 set s 0x0 ]\n"},
        RuleCase{"ip6 saddr . meta l4proto . th dport @s",
                 {"c", {SourceAndPortIn{Family::ipv6, 128, "s"}}},
                 "  [ meta load nfproto => reg 1 ]\n  [ cmp eq reg 1 0x0000000a ]\n  [ payload load 16b @ network "
                 "header + 8 => reg 1 ]\n"
                 "  [ meta load l4proto => reg 2 ]\n  [ payload load 2b @ transport header + 2 => reg 13 ]\n  [ lookup "
                 "reg 1 set s 0x0 ]\n"},
        RuleCase{"counter name denied reject with icmpx admin-prohibited",
                 {"c", {Count{"denied"}, RejectProhibited{}}},
                 "  [ objref type 1 name denied ]\n  [ reject type 2 code 3 ]\n"}}) {
    std::string text = describe(*build_rule(one.rule));
    text = text.substr(text.find('\n') + 1);
    // libnftnl ends each expression with a blank or not, depending on what comes behind it.
    for (std::size_t at = 0; (at = text.find("] \n", at)) != std::string::npos;) text.erase(at + 1, 1);
    EXPECT_EQ(text.substr(0, text.rfind(']') + 1) + "\n", one.expressions) << one.nft;
  }
}

TEST(Netlink, MessagesThatDoNotFitAreRefused) {
  const Message message(Message::nft(NFT_MSG_NEWTABLE));
  const std::span<const std::byte> whole = message.bytes();
  EXPECT_EQ(parse_netlink_messages(whole).value().size(), 1U);
  EXPECT_EQ(parse_netlink_messages({}).value().size(), 0U);
  for (std::size_t length = 1; length < whole.size(); ++length)
    EXPECT_FALSE(parse_netlink_messages(whole.first(length))) << length;
  for (const std::uint32_t length : {0U, 15U, 0x7fffffffU, 0xffffffffU}) {
    Message wrong(Message::nft(NFT_MSG_NEWTABLE));
    std::vector<std::byte> bytes(wrong.bytes().begin(), wrong.bytes().end());
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_FALSE(parse_netlink_messages(bytes)) << length;
  }
}

TEST(Netlink, AttributesThatDoNotFitAreRefused) {
  for (const std::uint16_t length : {0, 3, 13, 0xffff}) {
    std::array<std::byte, 12> bytes{};
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_FALSE(parse_attributes(bytes)) << length;
  }
  EXPECT_FALSE(parse_attributes(std::array<std::byte, 3>{}));
  // The last one need not be padded.
  const std::array<std::byte, 5> odd{std::byte{5}, std::byte{0}, std::byte{1}, std::byte{0}, std::byte{9}};
  const auto parsed = parse_attributes(odd);
  ASSERT_TRUE(parsed && parsed->size() == 1);
  EXPECT_FALSE(parsed->front().be32());
  EXPECT_FALSE(parsed->front().text());
}

TEST(Verdict, ZeroIsAnAcknowledgementNegativeAnErrorAndPositiveNeither) {
  const auto verdict = [](int number) {
    Message message(NLMSG_ERROR);
    auto* body = static_cast<nlmsgerr*>(mnl_nlmsg_put_extra_header(message.get(), sizeof(nlmsgerr)));
    body->error = number;
    body->msg.nlmsg_len = sizeof(nlmsghdr);
    return parse_verdict(message.parsed());
  };
  EXPECT_EQ(verdict(0)->error_number, 0);
  EXPECT_EQ(verdict(-ENOSPC)->error_number, ENOSPC);
  EXPECT_FALSE(verdict(ENOSPC));
  EXPECT_FALSE(verdict(std::numeric_limits<int>::min()));
  Message cut(NLMSG_ERROR);
  EXPECT_FALSE(parse_verdict(cut.parsed()));
}

TEST(Verdict, NamesTheOffendingAttribute) {
  Message message(NLMSG_ERROR);
  auto* body = static_cast<nlmsgerr*>(mnl_nlmsg_put_extra_header(message.get(), sizeof(nlmsgerr)));
  body->error = -ENOENT;
  body->msg.nlmsg_len = 4000;  // of the message that was sent, which is left out
  message->nlmsg_flags = NLM_F_CAPPED | NLM_F_ACK_TLVS;
  mnl_attr_put_u32(message.get(), NLMSGERR_ATTR_OFFS, 52);
  EXPECT_EQ(parse_verdict(message.parsed())->attribute, 52U);
  message->nlmsg_flags = NLM_F_ACK_TLVS;  // not left out: then it does not fit
  EXPECT_EQ(parse_verdict(message.parsed())->error_number, ENOENT);
  EXPECT_FALSE(parse_verdict(message.parsed())->attribute);
}

TEST(Reply, OtherOrMalformedMessagesAreNotBelieved) {
  Message chain(Message::nft(NFT_MSG_NEWCHAIN));
  EXPECT_FALSE(parse_table(chain.parsed()));
  EXPECT_FALSE(parse_elements(chain.parsed()));
  EXPECT_FALSE(parse_counter(chain.parsed()));
  Message element(Message::nft(NFT_MSG_NEWSETELEM));
  nlattr* list = mnl_attr_nest_start(element.get(), NFTA_SET_ELEM_LIST_ELEMENTS);
  nlattr* one = mnl_attr_nest_start(element.get(), NFTA_LIST_ELEM);
  mnl_attr_put_u32(element.get(), NFTA_SET_ELEM_EXPIRATION, 1);
  mnl_attr_nest_end(element.get(), one);
  mnl_attr_nest_end(element.get(), list);
  EXPECT_FALSE(parse_elements(element.parsed())) << "an element without a key";
  Message counter(Message::nft(NFT_MSG_NEWOBJ));
  nlattr* data = mnl_attr_nest_start(counter.get(), NFTA_OBJ_DATA);
  mnl_attr_put_u64(counter.get(), NFTA_COUNTER_BYTES, htobe64(5));
  mnl_attr_nest_end(counter.get(), data);
  EXPECT_FALSE(parse_counter(counter.parsed())) << "no packets";
}

constexpr std::uint32_t kOwn = 4242;

TEST(Contents, OfMalformedMessagesAreNotBelieved) {
  TableContents contents;
  for (const int type : {NFT_MSG_NEWCHAIN, NFT_MSG_NEWSET, NFT_MSG_NEWOBJ}) {
    Message nameless(Message::nft(type));
    EXPECT_FALSE(contents.note(nameless.parsed())) << type;
  }
  Message typeless(Message::nft(NFT_MSG_NEWOBJ));
  mnl_attr_put_strz(typeless.get(), NFTA_OBJ_NAME, "counter");
  EXPECT_FALSE(contents.note(typeless.parsed()));
  EXPECT_FALSE(contents.note(Message(Message::nft(NFT_MSG_NEWGEN)).parsed()));
  EXPECT_FALSE(contents.note(Message(NLMSG_DONE).parsed()));
  EXPECT_TRUE(contents.chains.empty() && contents.sets.empty() && contents.objects.empty() && !contents.strange);
}

TEST(Contents, WhatGoesOnlyWithTheTableIsStrange) {
  TableContents with_flow_table;
  EXPECT_TRUE(with_flow_table.note(Message(Message::nft(NFT_MSG_NEWFLOWTABLE)).parsed()));
  EXPECT_TRUE(with_flow_table.strange);
  Message bound(Message::nft(NFT_MSG_NEWCHAIN));
  mnl_attr_put_strz(bound.get(), NFTA_CHAIN_NAME, "__chain0");
  mnl_attr_put_u32(bound.get(), NFTA_CHAIN_FLAGS, htonl(4));
  TableContents with_bound_chain;
  EXPECT_TRUE(with_bound_chain.note(bound.parsed()));
  EXPECT_TRUE(with_bound_chain.strange);
}

class Changes : public ::testing::Test {
 protected:
  void table_event(std::uint32_t port_id, std::uint32_t sequence, const char* table,
                   std::uint8_t family = NFPROTO_INET) {
    Message message(Message::nft(NFT_MSG_DELTABLE), sequence, port_id, family);
    mnl_attr_put_strz(message.get(), NFTA_TABLE_NAME, table);
    log_.read(message.bytes());
  }
  void generation_event(std::uint32_t port_id, std::uint32_t sequence) {
    Message message(Message::nft(NFT_MSG_NEWGEN), sequence, port_id, AF_UNSPEC);
    mnl_attr_put_u32(message.get(), NFTA_GEN_PROC_PID, htonl(99));
    mnl_attr_put_strz(message.get(), NFTA_GEN_PROC_NAME, "nft");
    log_.read(message.bytes());
  }
  ChangeLog log_{kOwn};
};

TEST_F(Changes, OfOthersAreToldOnceWithTheirName) {
  table_event(99, 1, "jitgate");
  table_event(99, 1, "jitgate");
  generation_event(99, 1);
  EXPECT_EQ(log_.take(), "changed by nft (pid 99)");
  EXPECT_EQ(log_.take(), std::nullopt);
}

TEST_F(Changes, WithoutANameAreToldAllTheSame) {
  table_event(99, 1, "jitgate");
  EXPECT_EQ(log_.take(), "changed by another process");
}

TEST_F(Changes, OfOurOwnAndOfOtherTablesAreNotTold) {
  table_event(kOwn, 1, "jitgate");
  generation_event(kOwn, 1);
  table_event(kOwn, kLastOwnSequence, "jitgate");
  table_event(99, 1, "jitgate2");
  table_event(99, 1, "jitgate", NFPROTO_IPV4);
  generation_event(99, 1);
  EXPECT_EQ(log_.take(), std::nullopt);
}

TEST_F(Changes, ThroughADuplicateOfOurSocketAreTold) {
  table_event(kOwn, kLastOwnSequence + 1, "jitgate");
  EXPECT_TRUE(log_.take());
}

TEST_F(Changes, ThatCannotBeReadPutTheTableInDoubt) {
  Message message(Message::nft(NFT_MSG_DELTABLE), 1, 99);
  mnl_attr_put_strz(message.get(), NFTA_TABLE_NAME, "jitgate");
  log_.read(message.bytes().first(message.bytes().size() - 1));
  EXPECT_TRUE(log_.take());
  log_.lost("events lost");
  EXPECT_EQ(log_.take(), "events lost");
}

}  // namespace
}  // namespace jitgate::nft
