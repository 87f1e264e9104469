#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <random>
#include <string_view>
#include <vector>

#include "platform/linux/conntrack_events.hpp"
#include "platform/linux/conntrack_message.hpp"
#include "platform/linux/sock_diag_message.hpp"

namespace jitgate {
namespace {

FlowTuple flow_v4() {
  return {Transport::tcp, *AddressPrefix::parse("203.0.113.7"), 40000, *AddressPrefix::parse("198.51.100.1"), 22};
}

FlowTuple flow_v6() {
  return {Transport::udp, *AddressPrefix::parse("2001:db8::7"), 40000, *AddressPrefix::parse("2001:db8::1"), 53};
}

/// The bytes of a message, aligned as a receive buffer is; `bytes` may be shorter than the message says.
struct Datagram {
  explicit Datagram(NetlinkRequest& message) : size(message.raw()->nlmsg_len) {
    std::memcpy(words.data(), message.raw(), size);
  }
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(words.data()); }
  std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(words.data()); }
  std::array<std::uint64_t, 256> words{};
  std::size_t size;
};

TEST(ConntrackMessage, ReadsWhatItWrites) {
  for (const FlowTuple& flow : {flow_v4(), flow_v6()}) {
    NetlinkRequest message = seed_message(flow, TCP_CONNTRACK_CLOSE_WAIT, kSeedTimeoutTcp);
    const Result<std::optional<TrackedFlow>> read = parse_tracked_flow(*message.raw());
    ASSERT_TRUE(read) << describe(read.error());
    ASSERT_TRUE(*read);
    EXPECT_EQ((*read)->original, flow);
    EXPECT_EQ((*read)->reply, reversed(flow));
    EXPECT_EQ((*read)->status, 0x8U | 0x2U | 0x4U);  // CONFIRMED, SEEN_REPLY, ASSURED
    EXPECT_EQ((*read)->zone, 0);
    const bool tcp = flow.transport == Transport::tcp;
    EXPECT_EQ((*read)->tcp_state, tcp ? std::optional<std::uint8_t>(TCP_CONNTRACK_CLOSE_WAIT) : std::nullopt);
  }
}

TEST(ConntrackMessage, SeededTcpFlowsAreLiberalInBothDirections) {
  NetlinkRequest message = seed_message(flow_v4(), TCP_CONNTRACK_ESTABLISHED, kSeedTimeoutTcp);
  const Datagram datagram(message);
  const std::string_view bytes(reinterpret_cast<const char*>(datagram.words.data()), datagram.size);
  for (const char type : {CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, CTA_PROTOINFO_TCP_FLAGS_REPLY}) {
    const std::array<char, 6> attribute{6, 0, type, 0, IP_CT_TCP_FLAG_BE_LIBERAL, IP_CT_TCP_FLAG_BE_LIBERAL};
    EXPECT_NE(bytes.find(std::string_view(attribute.data(), attribute.size())), std::string_view::npos);
  }
}

TEST(ConntrackMessage, SocketStatesMapToTheirTrackingState) {
  const std::map<std::uint8_t, std::uint8_t> states{{TCP_ESTABLISHED, TCP_CONNTRACK_ESTABLISHED},
                                                    {TCP_SYN_RECV, TCP_CONNTRACK_SYN_RECV},
                                                    {TCP_FIN_WAIT1, TCP_CONNTRACK_FIN_WAIT},
                                                    {TCP_FIN_WAIT2, TCP_CONNTRACK_CLOSE_WAIT},
                                                    {TCP_CLOSE_WAIT, TCP_CONNTRACK_CLOSE_WAIT}};
  for (const auto& [socket, tracking] : states) EXPECT_EQ(tracking_state(socket), tracking) << int{socket};
}

TEST(ConntrackMessage, AFlowWithoutPortsIsNoFlow) {
  NetlinkRequest message = seed_message(flow_v4(), TCP_CONNTRACK_ESTABLISHED, kSeedTimeoutTcp);
  Datagram datagram(message);
  // The transport of both tuples becomes ICMP.
  for (std::size_t at = sizeof(nlmsghdr); at + 5 <= datagram.size; ++at) {
    const std::uint8_t protocol_attribute[5] = {5, 0, CTA_PROTO_NUM, 0, IPPROTO_TCP};
    if (std::memcmp(datagram.bytes() + at, protocol_attribute, 5) == 0) datagram.bytes()[at + 4] = IPPROTO_ICMP;
  }
  const Result<std::optional<TrackedFlow>> read = parse_tracked_flow(datagram.header());
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST(ConntrackMessage, EveryTruncationIsAnErrorOrAShorterMessage) {
  NetlinkRequest message = seed_message(flow_v6(), TCP_CONNTRACK_ESTABLISHED, kSeedTimeoutTcp);
  NetlinkRequest tuples_only = entry_message(IPCTNL_MSG_CT_GET, flow_v6(), 0);
  // Up to the end of the second tuple nothing is complete; behind it only optional attributes are missing.
  const std::uint32_t tuple_size = tuples_only.raw()->nlmsg_len - NLMSG_LENGTH(sizeof(nfgenmsg));
  const std::uint32_t complete = NLMSG_LENGTH(sizeof(nfgenmsg)) + 2 * tuple_size;
  for (std::uint32_t length = sizeof(nlmsghdr); length < complete; ++length) {
    Datagram datagram(message);
    datagram.header().nlmsg_len = length;
    EXPECT_FALSE(parse_tracked_flow(datagram.header())) << length;
  }
}

TEST(ConntrackMessage, AttributesOfAWrongSizeAreRefused) {
  for (const std::uint16_t size : {0, 3, 5, 8, 16}) {
    NetlinkRequest message(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, 0);
    message.header<nfgenmsg>().nfgen_family = AF_INET;
    const std::array<std::uint8_t, 16> bytes{};
    for (const std::uint16_t direction : {CTA_TUPLE_ORIG, CTA_TUPLE_REPLY}) {
      nlattr* nest = mnl_attr_nest_start(message.raw(), direction);
      nlattr* ip = mnl_attr_nest_start(message.raw(), CTA_TUPLE_IP);
      mnl_attr_put(message.raw(), CTA_IP_V4_SRC, size, bytes.data());
      mnl_attr_put(message.raw(), CTA_IP_V4_DST, size, bytes.data());
      mnl_attr_nest_end(message.raw(), ip);
      nlattr* protocol = mnl_attr_nest_start(message.raw(), CTA_TUPLE_PROTO);
      mnl_attr_put_u8(message.raw(), CTA_PROTO_NUM, IPPROTO_TCP);
      mnl_attr_put_u16(message.raw(), CTA_PROTO_SRC_PORT, htons(1));
      mnl_attr_put_u16(message.raw(), CTA_PROTO_DST_PORT, htons(2));
      mnl_attr_nest_end(message.raw(), protocol);
      mnl_attr_nest_end(message.raw(), nest);
    }
    EXPECT_FALSE(parse_tracked_flow(*message.raw())) << size;
  }
}

TEST(ConntrackMessage, RandomDamageNeverReadsBeyondTheMessage) {
  std::mt19937 random(22);  // the same damage in every run; the sanitizers judge
  for (int round = 0; round < 20'000; ++round) {
    NetlinkRequest message =
        seed_message(round % 2 == 0 ? flow_v4() : flow_v6(), TCP_CONNTRACK_ESTABLISHED, kSeedTimeoutTcp);
    const std::uint32_t size = message.raw()->nlmsg_len;
    std::vector<std::uint64_t> exact((size + 7) / 8);
    std::memcpy(exact.data(), message.raw(), size);
    auto* bytes = reinterpret_cast<std::uint8_t*>(exact.data());
    for (int damage = 0; damage < 3; ++damage) bytes[16 + random() % (size - 16)] = static_cast<std::uint8_t>(random());
    const auto& header = *reinterpret_cast<const nlmsghdr*>(exact.data());
    static_cast<void>(parse_tracked_flow(header));
    static_cast<void>(parse_counters(header));
    static_cast<void>(reports_loss(exact.data(), size, {}, 0));
  }
}

TEST(ConntrackEvents, OnlyTheEndOfAFlowToAPortIsALoss) {
  const std::vector<TransportPort> ports{{Transport::tcp, *PortNumber::from(22)}};
  const auto event = [](std::uint8_t operation, const FlowTuple& flow, std::uint32_t port_id) {
    NetlinkRequest message = seed_message(flow, TCP_CONNTRACK_ESTABLISHED, kSeedTimeoutTcp);
    message.raw()->nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | operation);
    message.raw()->nlmsg_pid = port_id;
    return Datagram(message);
  };
  const auto lost = [&](const Datagram& datagram) {
    return reports_loss(datagram.words.data(), datagram.size, ports, /*own_port_id=*/7);
  };
  EXPECT_TRUE(lost(event(IPCTNL_MSG_CT_DELETE, flow_v4(), 0)));
  EXPECT_TRUE(lost(event(IPCTNL_MSG_CT_DELETE, reversed(flow_v4()), 0))) << "a server that spoke first";
  EXPECT_FALSE(lost(event(IPCTNL_MSG_CT_DELETE, flow_v4(), 7))) << "our own doing";
  EXPECT_FALSE(lost(event(IPCTNL_MSG_CT_NEW, flow_v4(), 0)));
  EXPECT_FALSE(lost(event(IPCTNL_MSG_CT_DELETE, flow_v6(), 0)));
  Datagram cut = event(IPCTNL_MSG_CT_DELETE, flow_v4(), 0);
  cut.size -= 4;
  EXPECT_TRUE(lost(cut)) << "what cannot be read may have been one";
}

struct Answer {
  const char* name;
  std::uint16_t type;
  std::int32_t status;
  std::size_t payload;
  bool dump;
  bool valid;
  bool finished;
  int kernel_errno;
};

class NetlinkAnswer : public ::testing::TestWithParam<Answer> {};

TEST_P(NetlinkAnswer, IsJudgedByItsErrorNumber) {
  const Answer& answer = GetParam();
  std::array<std::uint64_t, 16> words{};
  auto& header = *reinterpret_cast<nlmsghdr*>(words.data());
  header.nlmsg_type = answer.type;
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + answer.payload);
  std::memcpy(NLMSG_DATA(&header), &answer.status, sizeof(answer.status));
  const Result<AnswerStep> step = judge_answer(header, answer.dump);
  ASSERT_EQ(step.has_value(), answer.valid);
  if (!answer.valid) return;
  EXPECT_EQ(step->finished, answer.finished);
  EXPECT_EQ(step->kernel_errno, answer.kernel_errno);
}

INSTANTIATE_TEST_SUITE_P(
    All, NetlinkAnswer,
    ::testing::Values(Answer{"Ack", NLMSG_ERROR, 0, sizeof(nlmsgerr), false, true, true, 0},
                      Answer{"Failure", NLMSG_ERROR, -EEXIST, sizeof(nlmsgerr), false, true, true, EEXIST},
                      Answer{"PositiveNumber", NLMSG_ERROR, EEXIST, sizeof(nlmsgerr), false, false, false, 0},
                      Answer{"CutOff", NLMSG_ERROR, -EEXIST, sizeof(nlmsgerr) - 1, false, false, false, 0},
                      Answer{"EndOfDump", NLMSG_DONE, 0, 4, true, true, true, 0},
                      Answer{"FailureAtTheEndOfADump", NLMSG_DONE, -ENOMEM, 4, true, true, true, ENOMEM},
                      Answer{"EndOfNoDump", NLMSG_DONE, 0, 4, false, false, false, 0},
                      Answer{"Noop", NLMSG_NOOP, 0, 0, false, true, false, 0}),
    [](const auto& answer) { return answer.param.name; });

TEST(SockDiagMessage, MappedAddressesAreIpv4) {
  std::array<std::uint64_t, 32> words{};
  auto& header = *reinterpret_cast<nlmsghdr*>(words.data());
  header.nlmsg_len = NLMSG_LENGTH(sizeof(inet_diag_msg));
  auto& report = *static_cast<inet_diag_msg*>(NLMSG_DATA(&header));
  report.idiag_family = AF_INET6;
  report.idiag_state = TCP_ESTABLISHED;
  report.id.idiag_sport = htons(22);
  report.id.idiag_dport = htons(40000);
  ::inet_pton(AF_INET6, "::ffff:198.51.100.1", report.id.idiag_src);
  ::inet_pton(AF_INET6, "::ffff:203.0.113.7", report.id.idiag_dst);
  report.id.idiag_cookie[0] = 1;
  report.id.idiag_cookie[1] = 2;
  const Result<std::optional<DiagSocket>> socket = parse_diag_socket(header, Transport::tcp);
  ASSERT_TRUE(socket && *socket);
  EXPECT_EQ((*socket)->connection.local.to_string(), "198.51.100.1");
  EXPECT_EQ((*socket)->connection.remote.to_string(), "203.0.113.7");
  EXPECT_EQ((*socket)->connection.cookie, 0x2'0000'0001U);
  EXPECT_EQ((*socket)->family, AF_INET);

  report.id.idiag_dport = 0;
  EXPECT_FALSE(*parse_diag_socket(header, Transport::tcp)) << "no peer";
  report.idiag_family = AF_UNIX;
  EXPECT_FALSE(parse_diag_socket(header, Transport::tcp));
  report.idiag_family = AF_INET6;
  header.nlmsg_len -= 1;
  EXPECT_FALSE(parse_diag_socket(header, Transport::tcp));
}

}  // namespace
}  // namespace jitgate
