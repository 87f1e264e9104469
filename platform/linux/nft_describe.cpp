#include "platform/linux/nft_describe.hpp"

#include <libmnl/libmnl.h>

#include <array>
#include <new>
#include <string_view>

namespace jitgate::nft {
namespace {

const nlmsghdr* header_of(const NetlinkMessage& message) {
  return reinterpret_cast<const nlmsghdr*>(message.whole.data());
}

std::string number(std::uint64_t value) {
  return " " + std::to_string(value);
}

}  // namespace

std::string describe(const nftnl_chain& chain) {
  std::string line = std::string("chain ") + nftnl_chain_get_str(&chain, NFTNL_CHAIN_NAME);
  if (nftnl_chain_is_set(&chain, NFTNL_CHAIN_HOOKNUM)) {
    const char* type = nftnl_chain_get_str(&chain, NFTNL_CHAIN_TYPE);
    line += std::string(" ") + (type == nullptr ? "?" : type) +
            number(nftnl_chain_get_u32(&chain, NFTNL_CHAIN_HOOKNUM)) + " " +
            std::to_string(nftnl_chain_get_s32(&chain, NFTNL_CHAIN_PRIO)) +
            number(nftnl_chain_get_u32(&chain, NFTNL_CHAIN_POLICY));
  }
  return line;
}

std::string describe(nftnl_rule& rule) {
  for (const auto attribute : {NFTNL_RULE_HANDLE, NFTNL_RULE_POSITION, NFTNL_RULE_ID, NFTNL_RULE_POSITION_ID}) {
    nftnl_rule_unset(&rule, attribute);
  }
  std::array<char, 4096> text{};
  const int length = nftnl_rule_snprintf(text.data(), text.size(), &rule, NFTNL_OUTPUT_DEFAULT, 0);
  // A rule too long to print is none of ours; the length tells it from any.
  if (length < 0 || static_cast<std::size_t>(length) >= text.size()) return "rule of length" + std::to_string(length);
  // The kernel gives a dynamic set's rule a time-out of none, which cannot be sent.
  constexpr std::string_view kNoTimeout = " timeout 0ms";
  std::string line = text.data();
  if (const auto at = line.find(kNoTimeout); at != std::string::npos) line.erase(at, kNoTimeout.size());
  return line;
}

std::string describe(const nftnl_set& set) {
  return std::string("set ") + nftnl_set_get_str(&set, NFTNL_SET_NAME) +
         number(nftnl_set_get_u32(&set, NFTNL_SET_FLAGS)) + number(nftnl_set_get_u32(&set, NFTNL_SET_KEY_TYPE)) +
         number(nftnl_set_get_u32(&set, NFTNL_SET_KEY_LEN)) + number(nftnl_set_get_u32(&set, NFTNL_SET_GC_INTERVAL)) +
         number(nftnl_set_get_u32(&set, NFTNL_SET_DESC_SIZE)) +
         number(nftnl_set_is_set(&set, NFTNL_SET_TIMEOUT) ? nftnl_set_get_u64(&set, NFTNL_SET_TIMEOUT) : 0);
}

std::optional<std::string> describe_chain(const NetlinkMessage& message) {
  const OwnedChain chain(nftnl_chain_alloc());
  if (!chain) throw std::bad_alloc();
  if (nftnl_chain_nlmsg_parse(header_of(message), chain.get()) < 0) return std::nullopt;
  return describe(*chain);
}

std::optional<std::string> describe_rule(const NetlinkMessage& message) {
  const OwnedRule rule(nftnl_rule_alloc());
  if (!rule) throw std::bad_alloc();
  if (nftnl_rule_nlmsg_parse(header_of(message), rule.get()) < 0) return std::nullopt;
  return describe(*rule);
}

std::optional<std::string> describe_set(const NetlinkMessage& message) {
  const OwnedSet set(nftnl_set_alloc());
  if (!set) throw std::bad_alloc();
  if (nftnl_set_nlmsg_parse(header_of(message), set.get()) < 0) return std::nullopt;
  return describe(*set);
}

}  // namespace jitgate::nft
