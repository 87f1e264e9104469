#pragma once

#include <string>

namespace jitgate {

/// The tables of iptables-legacy in this thread's network namespace that judge packets to this host: "ip filter, ip6
/// filter"; empty when there are none. nf_tables does not know of them.
[[nodiscard]] std::string iptables_legacy_tables();

}  // namespace jitgate
