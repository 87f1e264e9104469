#include "platform/linux/nft_query.hpp"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <cstring>

namespace jitgate::nft {
namespace {

constexpr int kAttempts = 8;

}  // namespace

Error read_error(const char* what, int error_number) {
  return error(errc::firewall_failed, std::strerror(error_number), what);
}

NetlinkMessage only(const std::vector<std::byte>& bytes) {
  return parse_netlink_messages(bytes)->front();
}

Result<Query> Query::open() {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket) return socket.error();
  return Query(std::move(*socket));
}

nlmsghdr* Query::request(std::uint16_t nft_message, std::uint16_t flags, std::uint8_t family) {
  std::memset(request_.data(), 0, sizeof(nlmsghdr) + sizeof(nfgenmsg));
  nlmsghdr* message = mnl_nlmsg_put_header(request_.data());
  message->nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | nft_message);
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = family;
  header->version = NFNETLINK_V0;
  return message;
}

// Sends what request() began. The kernel answers at once: the first datagram waits when send() returns, and each that
// is taken makes it write the next.
Result<Query::Answer> Query::ask() {
  auto* message = reinterpret_cast<nlmsghdr*>(request_.data());
  message->nlmsg_seq = sequence_ = sequence_ % kLastOwnSequence + 1;
  if (const int failure = socket_.send({request_.data(), message->nlmsg_len}); failure != 0) {
    return read_error("ask the kernel", failure);
  }
  Answer answer;
  while (true) {
    const NetlinkSocket::Received received = socket_.receive(reply_.bytes());
    if (received.error != 0) return read_error("read the kernel's answer", received.error);
    if (received.size == 0) return read_error("read the kernel's answer", EPROTO);
    const Result<bool> finished = take(answer, reply_.first(received.size));
    if (!finished) return finished.error();
    if (*finished) return answer;
  }
}

Result<bool> Query::take(Answer& answer, std::span<const std::byte> datagram) const {
  const auto messages = parse_netlink_messages(datagram);
  if (!messages) return messages.error();
  for (const NetlinkMessage& message : *messages) {
    if (message.sequence != sequence_) continue;
    if ((message.flags & NLM_F_DUMP_INTR) != 0) answer.interrupted = true;
    if (message.type == NLMSG_DONE) return true;
    if (message.type == NLMSG_ERROR) {
      const auto verdict = parse_verdict(message);
      if (!verdict) return read_error("read the kernel's answer", EBADMSG);
      answer.error_number = verdict->error_number;
      return true;
    }
    answer.messages.emplace_back(message.whole.begin(), message.whole.end());
  }
  return false;
}

Result<Query::Answer> Query::ask_consistently() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Result<Answer> answer = ask();
    if (!answer || !answer->interrupted) return answer;
  }
  return read_error("read the table (it keeps changing)", EAGAIN);
}

Result<std::uint32_t> ruleset_generation(Query& query) {
  constexpr const char* reading = "read the number of the ruleset";
  query.request(NFT_MSG_GETGEN, 0, NFPROTO_UNSPEC);
  const auto answer = query.ask();
  if (!answer) return answer.error();
  if (answer->error_number != 0 || answer->messages.empty()) return read_error(reading, answer->error_number);
  const auto attributes = only(answer->messages.front()).attributes();
  const NetlinkAttribute* number = attributes ? find(*attributes, NFTA_GEN_ID) : nullptr;
  const auto generation = number == nullptr ? std::nullopt : number->be32();
  if (!generation) return read_error(reading, EBADMSG);
  return *generation;
}

}  // namespace jitgate::nft
