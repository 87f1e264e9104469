#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "agent/model/ruleset.hpp"

/// The ruleset as values. One description is turned into libnftnl expressions for the kernel (nft_expr) and into text
/// for people (nft_render), so that the two cannot differ. Every statement is one that nft(8) has, and expands to what
/// nft would send.
namespace jitgate::nft {

inline constexpr const char* kTable = "jitgate";  ///< family inet
inline constexpr const char* kLockedSet = "locked";
inline constexpr const char* kDeniedCounter = "denied";

struct Accept {
  friend bool operator==(Accept, Accept) = default;
};
struct Drop {
  friend bool operator==(Drop, Drop) = default;
};
/// reject with tcp reset; only after TransportIs{tcp}.
struct RejectWithReset {
  friend bool operator==(RejectWithReset, RejectWithReset) = default;
};
/// reject with icmpx admin-prohibited
struct RejectProhibited {
  friend bool operator==(RejectProhibited, RejectProhibited) = default;
};
struct Jump {
  std::string chain;
  friend bool operator==(const Jump&, const Jump&) = default;
};
struct Goto {
  std::string chain;
  friend bool operator==(const Goto&, const Goto&) = default;
};
/// iif "lo"
struct FromLoopback {
  friend bool operator==(FromLoopback, FromLoopback) = default;
};
/// meta nfproto ipv4
struct FamilyIs {
  Family family;
  friend bool operator==(FamilyIs, FamilyIs) = default;
};
/// meta l4proto tcp
struct TransportIs {
  Transport transport;
  friend bool operator==(TransportIs, TransportIs) = default;
};
/// tcp flags & (syn | ack) == syn, which implies TCP.
struct OpensTcpConnection {
  friend bool operator==(OpensTcpConnection, OpensTcpConnection) = default;
};
/// ct state established
struct Established {
  friend bool operator==(Established, Established) = default;
};
/// ip saddr PREFIX, which implies the family.
struct SourceIs {
  AddressPrefix prefix;
  friend bool operator==(const SourceIs&, const SourceIs&) = default;
};
/// meta l4proto . th dport @SET
struct PortIn {
  std::string set;
  friend bool operator==(const PortIn&, const PortIn&) = default;
};
/// ip saddr & MASK . meta l4proto . th dport @SET, which implies the family. `length` is 1 or more.
struct SourceAndPortIn {
  Family family;
  unsigned length;
  std::string set;
  friend bool operator==(const SourceAndPortIn&, const SourceAndPortIn&) = default;
};
/// counter name "NAME"
struct Count {
  std::string counter;
  friend bool operator==(const Count&, const Count&) = default;
};
/// limit rate N/second burst M packets
struct AtMost {
  std::uint64_t per_second;
  std::uint32_t burst;
  friend bool operator==(AtMost, AtMost) = default;
};
/// log prefix "TEXT"
struct Log {
  std::string prefix;
  friend bool operator==(const Log&, const Log&) = default;
};

using Statement =
    std::variant<Accept, Drop, RejectWithReset, RejectProhibited, Jump, Goto, FromLoopback, FamilyIs, TransportIs,
                 OpensTcpConnection, Established, SourceIs, PortIn, SourceAndPortIn, Count, AtMost, Log>;

struct Rule {
  std::string chain;
  std::vector<Statement> statements;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// A chain; with a priority it is a base chain: type filter, hook input, policy accept.
struct Chain {
  std::string name;
  std::optional<int> input_priority;
  friend bool operator==(const Chain&, const Chain&) = default;
};

/// A hash set with per-element timeouts. The key is [ipv4_addr | ipv6_addr .] inet_proto . inet_service.
struct Set {
  std::string name;
  std::optional<Family> address;
  friend bool operator==(const Set&, const Set&) = default;
};

inline constexpr std::uint32_t kGarbageCollectionMs =
    60'000;  ///< how often expired elements leave memory; they match no longer

struct Ruleset {
  std::vector<std::string> counters;
  std::vector<Set> sets;
  std::vector<Chain> chains;
  std::vector<Rule> rules;
};

}  // namespace jitgate::nft
