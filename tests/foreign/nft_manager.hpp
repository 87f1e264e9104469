#pragma once

#include <memory>

#include "tests/foreign/manager.hpp"

namespace jitgate::netns {

// Files for `nft -f` that begin with `flush ruleset`, as nftables.service loads them; it is stopped by `nft flush
// ruleset`.

/// One chain with policy drop.
std::unique_ptr<Manager> make_nft_drop(const Host& host, const Admission& admission);
/// One chain with policy accept and a reject as its last rule.
std::unique_ptr<Manager> make_nft_reject(const Host& host, const Admission& admission);
/// One chain with policy accept and nothing that drops: only a lock keeps anybody out.
std::unique_ptr<Manager> make_nft_accept(const Host& host, const Admission& admission);
/// A table for IPv4 and one for IPv6, both with policy drop.
std::unique_ptr<Manager> make_nft_by_family(const Host& host, const Admission& admission);
/// Jumps, gotos, returns, named sets, verdict maps, several tables and base chains, two of equal priority.
std::unique_ptr<Manager> make_nft_structured(const Host& host, const Admission& admission);

/// A file that replaces its own table and leaves others alone; a drop is its chain's last rule.
std::unique_ptr<Manager> make_nft_table(const Host& host, const Admission& admission);

}  // namespace jitgate::netns
