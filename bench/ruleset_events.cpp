#include "bench/ruleset_events.hpp"

#include <linux/netfilter/nf_tables.h>
#include <poll.h>

#include "bench/process.hpp"
#include "platform/linux/netlink_message.hpp"

namespace jitgate::bench {
namespace {

constexpr int kPatience = 10'000;  // ms

NetlinkSocket open_socket() {
  auto socket = NetlinkSocket::open();
  if (!socket) fail(describe(socket.error()));
  if (const auto subscribed = socket->subscribe_to_changes(); !subscribed) fail(describe(subscribed.error()));
  return std::move(*socket);
}

std::size_t count_elements(const NetlinkMessage& message, std::string_view set) {
  if (nft_type(message) != NFT_MSG_NEWSETELEM) return 0;
  const auto attributes = message.attributes();
  if (!attributes) fail("a malformed event");
  const auto* name = find(*attributes, NFTA_SET_ELEM_LIST_SET);
  const auto* list = find(*attributes, NFTA_SET_ELEM_LIST_ELEMENTS);
  if (name == nullptr || list == nullptr || name->text() != set) return 0;
  const auto elements = parse_attributes(list->payload);
  return elements ? elements->size() : 0;
}

}  // namespace

RulesetEvents::RulesetEvents() : socket_(open_socket()), buffer_(kNetlinkDatagram) {}

void RulesetEvents::await_elements(std::string_view set, std::size_t count) {
  std::size_t seen = 0;
  while (seen < count) {
    pollfd ready{socket_.fd(), POLLIN, 0};
    if (::poll(&ready, 1, kPatience) != 1) {
      fail("only " + std::to_string(seen) + " of " + std::to_string(count) + " elements came");
    }
    const auto received = socket_.receive(buffer_);
    if (received.error != 0) fail("events were lost");
    const auto messages = parse_netlink_messages({buffer_.data(), received.size});
    if (!messages) fail(describe(messages.error()));
    for (const auto& message : *messages) seen += count_elements(message, set);
  }
}

}  // namespace jitgate::bench
