#include "platform/linux/nft_reader.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/linux/nft_describe.hpp"

namespace jitgate::nft {
namespace {

constexpr int kAttempts = 8;

Error read_error(const char* what, int error_number) {
  return error(errc::firewall_failed, std::strerror(error_number), what);
}

/// The message in a buffer of its own, as parse_netlink_messages() gave it.
NetlinkMessage only(const std::vector<std::byte>& bytes) {
  return parse_netlink_messages(bytes)->front();
}

bool in_our_table(const NetlinkMessage& message) {
  const auto attributes = message.attributes();
  const NetlinkAttribute* table = attributes ? find(*attributes, NFTA_CHAIN_TABLE) : nullptr;
  return message.family() == NFPROTO_INET && table != nullptr && table->text() == kTable;
}

template <class Describe>
Result<std::vector<std::string>> describe_all(const std::vector<std::vector<std::byte>>& messages, Describe describe) {
  std::vector<std::string> lines;
  for (const std::vector<std::byte>& bytes : messages) {
    const NetlinkMessage message = only(bytes);
    if (!in_our_table(message)) continue;
    std::optional<std::string> line = describe(message);
    if (!line) return read_error("read the table", EBADMSG);
    lines.push_back(std::move(*line));
  }
  return lines;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Each chain's rules in their order; the order of the chains says nothing.
std::vector<std::string> expected_rules(const Ruleset& ruleset) {
  std::vector<std::string> lines;
  for (const Chain& chain : ruleset.chains) {
    for (const Rule& rule : ruleset.rules) {
      if (rule.chain == chain.name) lines.push_back(describe(*build_rule(rule)));
    }
  }
  return lines;
}

}  // namespace

Result<Reader> Reader::open() {
  Result<NetlinkSocket> socket = NetlinkSocket::open();
  if (!socket) return socket.error();
  return Reader(std::move(*socket));
}

nlmsghdr* Reader::request(std::uint16_t nft_message, std::uint16_t flags) {
  std::memset(request_.data(), 0, sizeof(nlmsghdr) + sizeof(nfgenmsg));
  nlmsghdr* message = mnl_nlmsg_put_header(request_.data());
  message->nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | nft_message);
  message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = NFPROTO_INET;
  header->version = NFNETLINK_V0;
  return message;
}

// Sends what request() began. The kernel answers at once: the first datagram waits when send() returns, and each that
// is taken makes it write the next.
Result<Reader::Answer> Reader::ask() {
  auto* message = reinterpret_cast<nlmsghdr*>(request_.data());
  message->nlmsg_seq = sequence_ = sequence_ % kLastOwnSequence + 1;
  if (const int failure = socket_.send({request_.data(), message->nlmsg_len}); failure != 0) {
    return read_error("ask the kernel", failure);
  }
  Answer answer;
  while (true) {
    const NetlinkSocket::Received received = socket_.receive(reply_);
    if (received.error != 0) return read_error("read the kernel's answer", received.error);
    if (received.size == 0) return read_error("read the kernel's answer", EPROTO);
    const Result<bool> finished = take(answer, {reply_.data(), received.size});
    if (!finished) return finished.error();
    if (*finished) return answer;
  }
}

Result<bool> Reader::take(Answer& answer, std::span<const std::byte> datagram) const {
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

Result<Reader::Answer> Reader::ask_consistently() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Result<Answer> answer = ask();
    if (!answer || !answer->interrupted) return answer;
  }
  return read_error("read the table (it keeps changing)", EAGAIN);
}

Result<Reader::Answer> Reader::dump(std::uint16_t nft_message, std::uint16_t table_attribute) {
  nlmsghdr* message = request(nft_message, NLM_F_DUMP);
  mnl_attr_put_strz(message, table_attribute, kTable);
  Result<Answer> answer = ask_consistently();
  if (answer && answer->error_number == ENOENT) answer->messages.clear();
  if (answer && answer->error_number != 0 && answer->error_number != ENOENT) {
    return read_error("read the table", answer->error_number);
  }
  return answer;
}

Result<std::optional<TableInfo>> Reader::table() {
  mnl_attr_put_strz(request(NFT_MSG_GETTABLE, 0), NFTA_TABLE_NAME, kTable);
  const Result<Answer> answer = ask();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return std::optional<TableInfo>();
  if (answer->error_number != 0) return read_error("read the table", answer->error_number);
  const auto info = answer->messages.empty() ? std::nullopt : parse_table(only(answer->messages.front()));
  if (!info) return read_error("read the table", EBADMSG);
  return info;
}

Result<std::vector<std::string>> Reader::chains() {
  const Result<Answer> answer = dump(NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE);
  if (!answer) return answer.error();
  return describe_all(answer->messages, describe_chain);
}

Result<std::vector<std::string>> Reader::rules() {
  const Result<Answer> answer = dump(NFT_MSG_GETRULE, NFTA_RULE_TABLE);
  if (!answer) return answer.error();
  return describe_all(answer->messages, describe_rule);
}

Result<std::vector<std::string>> Reader::sets() {
  const Result<Answer> answer = dump(NFT_MSG_GETSET, NFTA_SET_TABLE);
  if (!answer) return answer.error();
  return describe_all(answer->messages, describe_set);
}

Result<bool> Reader::holds(const Ruleset& expected) {
  std::vector<std::string> expected_chains;
  for (const Chain& chain : expected.chains) expected_chains.push_back(describe(*build_chain(chain)));
  std::vector<std::string> expected_sets;
  for (const Set& set : expected.sets) expected_sets.push_back(describe(*build_set(set)));

  Result<std::vector<std::string>> found = chains();
  if (!found) return found.error();
  if (sorted(std::move(*found)) != sorted(std::move(expected_chains))) return false;
  found = sets();
  if (!found) return found.error();
  if (sorted(std::move(*found)) != sorted(std::move(expected_sets))) return false;
  found = rules();
  if (!found) return found.error();
  // Both begin with the chain's name, and a stable sort by it keeps the rules of one chain in order.
  const auto by_chain = [](const std::string& a, const std::string& b) {
    return a.substr(0, a.find('\n')) < b.substr(0, b.find('\n'));
  };
  std::vector<std::string> wanted = expected_rules(expected);
  std::stable_sort(wanted.begin(), wanted.end(), by_chain);
  std::stable_sort(found->begin(), found->end(), by_chain);
  return *found == wanted;
}

Result<std::optional<std::vector<TransportPort>>> Reader::locked() {
  nlmsghdr* message = request(NFT_MSG_GETSETELEM, NLM_F_DUMP);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, kLockedSet);
  const Result<Answer> answer = ask_consistently();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return std::optional<std::vector<TransportPort>>();
  if (answer->error_number != 0) return read_error("read the locked ports", answer->error_number);
  std::vector<TransportPort> ports;
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const auto elements = parse_elements(only(bytes));
    if (!elements) return read_error("read the locked ports", EBADMSG);
    for (const ElementInfo& element : *elements) {
      const auto port = parse_locked_key(element.key);
      if (!port) return std::optional<std::vector<TransportPort>>();
      ports.push_back(*port);
    }
  }
  std::sort(ports.begin(), ports.end());
  return std::optional(std::move(ports));
}

Result<std::optional<Duration>> Reader::remaining(const AllowKey& key) {
  nlmsghdr* message = request(NFT_MSG_GETSETELEM, 0);
  nlattr* list = begin_elements(message, AllowSet::of(key).name().c_str());
  nlattr* element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
  const ElementKey encoded = ElementKey::of(key);
  put_key(message, encoded.view());
  mnl_attr_nest_end(message, element);
  mnl_attr_nest_end(message, list);
  const Result<Answer> answer = ask();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return std::optional<Duration>();
  if (answer->error_number != 0) return read_error("query an entry", answer->error_number);
  const auto found = answer->messages.empty() ? std::nullopt : parse_elements(only(answer->messages.front()));
  if (!found || found->size() != 1) return read_error("query an entry", EBADMSG);
  const std::optional<Milliseconds> left = found->front().remaining;
  if (left && left->count() == 0) return std::optional<Duration>();
  static constexpr auto kLongest = std::chrono::floor<Milliseconds>(Duration::max());
  return std::optional(left && *left < kLongest ? Duration(*left) : Duration::max());
}

Result<DenyCounter> Reader::denied() {
  nlmsghdr* message = request(NFT_MSG_GETOBJ, 0);
  mnl_attr_put_strz(message, NFTA_OBJ_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_OBJ_NAME, kDeniedCounter);
  mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
  const Result<Answer> answer = ask();
  if (!answer) return answer.error();
  if (answer->error_number != 0) return read_error("read the deny counter", answer->error_number);
  const auto counter = answer->messages.empty() ? std::nullopt : parse_counter(only(answer->messages.front()));
  if (!counter) return read_error("read the deny counter", EBADMSG);
  return *counter;
}

}  // namespace jitgate::nft
