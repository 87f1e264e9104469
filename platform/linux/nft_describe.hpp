#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/linux/netlink_message.hpp"
#include "platform/linux/nft_table.hpp"

namespace jitgate::nft {

/// One line that is equal exactly when two chains, rules or sets do the same: handles, counters and positions left out.
/// libnftnl writes the expressions, for the ruleset that is wanted and for what the kernel gave back alike.
[[nodiscard]] std::string describe(const nftnl_chain& chain);
[[nodiscard]] std::string describe(nftnl_rule& rule);
[[nodiscard]] std::string describe(const nftnl_set& set);

/// The same for a message in which the kernel describes one; nullopt when libnftnl cannot read it. Only for what the
/// kernel sent: libnftnl trusts text in messages to be terminated.
[[nodiscard]] std::optional<std::string> describe_chain(const NetlinkMessage& message);
[[nodiscard]] std::optional<std::string> describe_rule(const NetlinkMessage& message);
[[nodiscard]] std::optional<std::string> describe_set(const NetlinkMessage& message);

}  // namespace jitgate::nft
