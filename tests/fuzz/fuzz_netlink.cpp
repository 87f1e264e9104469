#include "platform/linux/foreign_rule.hpp"
#include "platform/linux/netlink_message.hpp"
#include "platform/linux/nft_reply.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;

namespace {

using Bytes = std::span<const std::byte>;

bool within(Bytes part, Bytes whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_message(const jitgate::NetlinkMessage& message, Bytes datagram) {
  check(within(message.whole, datagram) && within(message.payload, message.whole), "a message lies in its datagram");
  if (const auto attributes = message.attributes()) {
    for (const jitgate::NetlinkAttribute& attribute : *attributes) {
      check(within(attribute.payload, message.payload), "an attribute lies in its message");
      check(!attribute.text() || attribute.text()->size() < attribute.payload.size(), "text ends before its zero");
    }
  }
  if (const auto verdict = jitgate::parse_verdict(message)) {
    check(verdict->error_number >= 0 && verdict->error_number <= 4095, "an errno is in range");
  }
  if (const auto elements = jitgate::nft::parse_elements(message)) {
    for (const jitgate::nft::ElementInfo& element : *elements) {
      check(within(element.key, message.payload), "a key lies in its message");
      const auto port = jitgate::nft::parse_locked_key(element.key);
      check(!port || element.key.size() == 8, "a locked key is a transport and a port");
    }
  }
  if (const auto rule = jitgate::nft::parse_rule_facts(message)) {
    check(rule->comment.find('\0') == std::string::npos, "a comment ends before its zero");
  }
  (void)jitgate::nft::parse_table(message);
  (void)jitgate::nft::parse_counter(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes datagram = std::as_bytes(std::span(data, size));
  const auto messages = jitgate::parse_netlink_messages(datagram);
  if (messages) {
    for (const jitgate::NetlinkMessage& message : *messages) check_message(message, datagram);
  }
  jitgate::nft::ChangeLog log(4242);
  log.read(datagram);
  check(messages || log.take(), "events that cannot be read put the table in doubt");
  (void)log.take();
  check(!log.take(), "a change is told once");
  return 0;
}
