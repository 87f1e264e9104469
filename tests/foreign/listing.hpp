#pragma once

#include <string>

#include "tests/netns/harness.hpp"

namespace jitgate::netns {

/// `nft -j list ruleset`, one object a line in the order in which the kernel has them, without handles, counters and
/// remaining times.
std::string nft_listing(const NetworkNamespace& host);

/// `iptables-save` and `ip6tables-save`, without counters and dates.
std::string iptables_listing(const NetworkNamespace& host);

}  // namespace jitgate::netns
