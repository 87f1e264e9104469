#pragma once

#include <memory>

#include "tests/foreign/manager.hpp"

namespace jitgate::netns {

/// Rules for iptables-nft and ip6tables-nft, with the matches conntrack, set, multiport, comment and limit, in a script
/// that flushes and adds rule by rule.
std::unique_ptr<Manager> make_iptables_script(const Host& host, const Admission& admission);
/// The same rules from a file, at once, by iptables-restore (as netfilter-persistent does it).
std::unique_ptr<Manager> make_iptables_restore(const Host& host, const Admission& admission);

}  // namespace jitgate::netns
