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
/// ct state related
struct Related {
  friend bool operator==(Related, Related) = default;
};
/// ip saddr PREFIX, which implies the family.
struct SourceIs {
  AddressPrefix prefix;
  friend bool operator==(const SourceIs&, const SourceIs&) = default;
};
/// Which destination port of a packet is meant.
enum class PortOf : std::uint8_t {
  packet,      ///< th dport: the one it carries now
  connection,  ///< ct original proto-dst: the one that its sender asked for, before DNAT; only after TransportIs
};
/// meta l4proto . th dport @SET
struct PortIn {
  std::string set;
  PortOf port = PortOf::packet;
  friend bool operator==(const PortIn&, const PortIn&) = default;
};
/// ip saddr & MASK . meta l4proto . th dport @SET, which implies the family. `length` is 1 or more.
struct SourceAndPortIn {
  Family family;
  unsigned length;
  std::string set;
  PortOf port = PortOf::packet;
  friend bool operator==(const SourceAndPortIn&, const SourceAndPortIn&) = default;
};
/// ct status dnat
struct Redirected {
  friend bool operator==(Redirected, Redirected) = default;
};
/// meta mark & MASK == VALUE, or !=
struct MarkIs {
  std::uint32_t mask;
  std::uint32_t value;
  bool equal = true;
  friend bool operator==(MarkIs, MarkIs) = default;
};
/// meta mark set meta mark | BITS
struct SetMarkBits {
  std::uint32_t bits;
  friend bool operator==(SetMarkBits, SetMarkBits) = default;
};
/// meta mark set meta mark & ~BITS
struct ClearMarkBits {
  std::uint32_t bits;
  friend bool operator==(ClearMarkBits, ClearMarkBits) = default;
};
/// ct mark & BITS != 0
struct ConnectionMarkHas {
  std::uint32_t bits;
  friend bool operator==(ConnectionMarkHas, ConnectionMarkHas) = default;
};
/// ct mark set ct mark & ~BITS
struct ClearConnectionMarkBits {
  std::uint32_t bits;
  friend bool operator==(ClearConnectionMarkBits, ClearConnectionMarkBits) = default;
};
/// update @SET { meta l4proto . th dport . meta mark & MASK counter }
struct CountByPortAndMark {
  std::string set;
  std::uint32_t mask;
  PortOf port = PortOf::packet;
  friend bool operator==(const CountByPortAndMark&, const CountByPortAndMark&) = default;
};
/// update @SET { meta l4proto . th dport counter }
struct CountByPort {
  std::string set;
  PortOf port = PortOf::packet;
  friend bool operator==(const CountByPort&, const CountByPort&) = default;
};
/// update @SET { ip saddr . meta l4proto . th dport counter }, which implies the family
struct CountBySource {
  Family family;
  std::string set;
  PortOf port = PortOf::packet;
  friend bool operator==(const CountBySource&, const CountBySource&) = default;
};
/// fib daddr type local, or != local: the destination is an address of this host, or is not
struct ToThisHost {
  bool is = true;
  friend bool operator==(ToThisHost, ToThisHost) = default;
};
/// update @SET { ip daddr }, which implies the family
struct NoteDestination {
  Family family;
  std::string set;
  friend bool operator==(const NoteDestination&, const NoteDestination&) = default;
};
/// ct original ip daddr @SET, or != @SET: the address that the sender asked for, before DNAT; only after FamilyIs
struct AskedForAddressIn {
  Family family;
  std::string set;
  bool is = true;
  friend bool operator==(const AskedForAddressIn&, const AskedForAddressIn&) = default;
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
                 OpensTcpConnection, Established, Related, SourceIs, PortIn, SourceAndPortIn, Redirected, MarkIs,
                 SetMarkBits, ClearMarkBits, ConnectionMarkHas, ClearConnectionMarkBits, CountByPortAndMark,
                 CountByPort, CountBySource, ToThisHost, NoteDestination, AskedForAddressIn, Count, AtMost, Log>;

struct Rule {
  std::string chain;
  std::vector<Statement> statements;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Where the kernel calls a base chain (NF_INET_*).
enum class Hook : std::uint8_t { prerouting, input, forward };
struct Attachment {
  Hook hook;
  int priority;
  friend bool operator==(Attachment, Attachment) = default;
};

/// A chain; attached, it is a base chain: type filter, policy accept.
struct Chain {
  std::string name;
  std::optional<Attachment> base;
  friend bool operator==(const Chain&, const Chain&) = default;
};

/// A part of a set's key.
enum class KeyField : std::uint8_t { ipv4_addr, ipv6_addr, inet_proto, inet_service, mark };

/// A hash set. Our elements carry time-outs of their own, each; those of a dynamic set come from packets.
struct Set {
  std::string name;
  std::vector<KeyField> key;
  struct Dynamic {
    std::uint32_t size;        ///< no more elements than these: what does not fit is not counted
    std::uint32_t timeout_ms;  ///< an element is forgotten so long after its last packet; 0: never
    friend bool operator==(Dynamic, Dynamic) = default;
  };
  std::optional<Dynamic> dynamic;
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
