#include "platform/linux/nft_batch.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/linux/netlink_message.hpp"

namespace jitgate::nft {
namespace {

static_assert(kInet == NFPROTO_INET);

constexpr std::size_t kAlignment = 4;

const char* verb(Operation operation) {
  switch (operation) {
    case Operation::commit:
      return "commit the transaction";
    case Operation::destroy_table:
    case Operation::delete_table:
      return "delete table";
    case Operation::add_table:
      return "add table";
    case Operation::add_chain:
      return "add chain";
    case Operation::add_set:
      return "add set";
    case Operation::add_counter:
      return "add counter";
    case Operation::add_rule:
      return "add rule to chain";
    case Operation::delete_rule:
      return "delete rule of chain";
    case Operation::delete_chain:
      return "delete chain";
    case Operation::delete_set:
      return "delete set";
    case Operation::delete_object:
      return "delete object";
    case Operation::create_element:
    case Operation::put_element:
      return "add element";
    case Operation::delete_element:
      return "delete element";
  }
  return "change";
}

std::string to_text(const AllowKey& key) {
  return key.source.to_string() + " " + std::string(to_string(key.port.transport)) + " " +
         std::to_string(key.port.number.value());
}

}  // namespace

Error BatchFailure::to_error() const {
  std::string target = verb(operation);
  if (!subject.empty()) target += " " + subject;
  return error(errc::firewall_failed, std::strerror(error_number), std::move(target));
}

void Batch::begin(std::uint32_t first_sequence, std::optional<std::uint32_t> generation) {
  used_ = 0;
  open_ = false;
  entries_.clear();
  marks_.clear();
  first_sequence_ = next_sequence_ = first_sequence;
  nlmsghdr* message = header(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  if (generation) mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(*generation));
}

void Batch::begin_next(std::optional<std::uint32_t> generation) {
  constexpr std::uint32_t kStartOver = kLastOwnSequence - 0x10000;
  begin(next_sequence_ > kStartOver ? 1 : std::max(1U, next_sequence_), generation);
}

nlmsghdr* Batch::add(Operation operation, std::uint16_t nft_message, std::uint16_t flags, std::string name,
                     const AllowKey* key, std::uint8_t family) {
  const std::uint32_t sequence = next_sequence_;
  nlmsghdr* message = header(static_cast<std::uint16_t>((NFNL_SUBSYS_NFTABLES << 8) | nft_message), flags, family, 0);
  entries_.push_back({sequence, operation, message_, std::move(name), key, marks_.size()});
  return message;
}

void Batch::mark_element(const AllowKey& key) {
  const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data() + message_);
  marks_.push_back({message_ + message->nlmsg_len, &key});
}

void Batch::end() {
  header(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  finish_message();
}

void Batch::finish_message() {
  if (!open_) return;
  const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data() + message_);
  used_ = message_ + ((message->nlmsg_len + kAlignment - 1) & ~(kAlignment - 1));
  open_ = false;
}

nlmsghdr* Batch::header(std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource) {
  static constexpr std::size_t kHeaders = sizeof(nlmsghdr) + sizeof(nfgenmsg);
  finish_message();
  if (buffer_.size() < used_ + kHeaders + kMaxMessage) buffer_.resize(2 * (used_ + kHeaders + kMaxMessage));
  message_ = used_;
  open_ = true;
  auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data() + message_);
  *message = nlmsghdr{};
  message->nlmsg_len = kHeaders;
  message->nlmsg_type = type;
  message->nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  message->nlmsg_seq = next_sequence_++;
  auto* netfilter = reinterpret_cast<nfgenmsg*>(buffer_.data() + message_ + sizeof(nlmsghdr));
  netfilter->nfgen_family = family;
  netfilter->version = NFNETLINK_V0;
  netfilter->res_id = htons(resource);
  return message;
}

std::optional<BatchFailure> Batch::submit(const NetlinkSocket& socket) {
  reinterpret_cast<nlmsghdr*>(buffer_.data() + entries_.back().offset)->nlmsg_flags |= NLM_F_ACK;
  if (const int send_error = socket.send(bytes()); send_error != 0) {
    return BatchFailure{send_error, Operation::commit, {}};
  }
  return read_answers(socket);
}

// The kernel answers in the order of the messages, with one error each, and goes on after an error; a failure of the
// commit itself comes first and carries the number of the batch's beginning. The acknowledgement of the last message
// comes last, even when another failed.
std::optional<BatchFailure> Batch::read_answers(const NetlinkSocket& socket) {
  std::optional<BatchFailure> first;
  const std::uint32_t last_sequence = entries_.back().sequence;
  while (true) {
    const NetlinkSocket::Received received = socket.receive(reply_.bytes());
    if (received.size == 0 && received.error == 0) break;
    if (received.error != 0) {
      if (!first) first = BatchFailure{received.error, Operation::commit, "(the kernel's answer was lost)"};
      if (received.error == ENOBUFS || received.error == EBADMSG) continue;
      return first;
    }
    const auto messages = parse_netlink_messages(reply_.first(received.size));
    if (!messages) return BatchFailure{EBADMSG, Operation::commit, {}};
    for (const NetlinkMessage& message : *messages) {
      const std::uint32_t index = message.sequence - first_sequence_;
      if (message.type != NLMSG_ERROR || index >= next_sequence_ - first_sequence_) continue;
      const auto verdict = parse_verdict(message);
      if (!verdict) return BatchFailure{EBADMSG, Operation::commit, {}};
      if (verdict->error_number != 0) {
        if (!first) first = describe(message.sequence, verdict->error_number, verdict->attribute);
      } else if (message.sequence == last_sequence && !first) {
        return std::nullopt;
      }
    }
  }
  return first ? first : BatchFailure{EPROTO, Operation::commit, "(no acknowledgement)"};
}

BatchFailure Batch::describe(std::uint32_t sequence, int error_number, std::optional<std::uint32_t> attribute) const {
  const std::uint32_t index = sequence - first_sequence_;
  if (index == 0 || index > entries_.size()) return {error_number, Operation::commit, {}};
  const Entry& entry = entries_[index - 1];
  return {error_number, entry.operation, subject_of(entry, attribute)};
}

std::string Batch::subject_of(const Entry& entry, std::optional<std::uint32_t> attribute) const {
  if (entry.key != nullptr) return to_text(*entry.key);
  const auto index = static_cast<std::size_t>(&entry - entries_.data());
  const std::size_t end = index + 1 < entries_.size() ? entries_[index + 1].first_element : marks_.size();
  for (std::size_t i = entry.first_element; i < end; ++i) {
    const bool only = end - entry.first_element == 1;
    if (only || (attribute && marks_[i].offset == entry.offset + *attribute)) return to_text(*marks_[i].key);
  }
  return entry.name;
}

}  // namespace jitgate::nft
