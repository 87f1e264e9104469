#include "platform/linux/nft_render.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "platform/linux/nft_element.hpp"
#include "platform/linux/nft_expr.hpp"
#include "platform/linux/nft_skeleton.hpp"

namespace jitgate::nft {
namespace {

const char* address_word(Family family) {
  return family == Family::ipv4 ? "ip saddr" : "ip6 saddr";
}

std::string hex(std::uint32_t bits) {
  std::array<char, 11> digits{};
  std::snprintf(digits.data(), digits.size(), "0x%08x", bits);
  return digits.data();
}

std::string text(Accept) {
  return "accept";
}
std::string text(Drop) {
  return "drop";
}
std::string text(RejectWithReset) {
  return "reject with tcp reset";
}
std::string text(RejectProhibited) {
  return "reject with icmpx admin-prohibited";
}
std::string text(const Jump& jump) {
  return "jump " + jump.chain;
}
std::string text(const Goto& jump) {
  return "goto " + jump.chain;
}
std::string text(FromLoopback) {
  return "iif \"lo\"";
}
std::string text(FamilyIs match) {
  return match.family == Family::ipv4 ? "meta nfproto ipv4" : "meta nfproto ipv6";
}
std::string text(TransportIs match) {
  return "meta l4proto " + std::string(to_string(match.transport));
}
std::string text(OpensTcpConnection) {
  return "tcp flags & (syn | ack) == syn";
}
std::string text(Established) {
  return "ct state established";
}
std::string text(Related) {
  return "ct state related";
}
std::string text(PortOf port) {
  return port == PortOf::packet ? "meta l4proto . th dport" : "meta l4proto . ct original proto-dst";
}
std::string text(const PortIn& match) {
  return text(match.port) + " @" + match.set;
}
std::string text(Redirected) {
  return "ct status dnat";
}
std::string text(MarkIs match) {
  return "meta mark & " + hex(match.mask) + (match.equal ? " == " : " != ") + hex(match.value);
}
std::string text(SetMarkBits set) {
  return "meta mark set meta mark | " + hex(set.bits);
}
std::string text(ClearMarkBits clear) {
  return "meta mark set meta mark & " + hex(~clear.bits);
}
std::string text(ConnectionMarkHas match) {
  return "ct mark & " + hex(match.bits) + " != 0";
}
std::string text(ClearConnectionMarkBits clear) {
  return "ct mark set ct mark & " + hex(~clear.bits);
}
std::string text(const CountByPortAndMark& count) {
  return "update @" + count.set + " { " + text(count.port) + " . meta mark & " + hex(count.mask) + " counter }";
}
std::string text(const CountByPort& count) {
  return "update @" + count.set + " { " + text(count.port) + " counter }";
}
std::string text(const CountBySource& count) {
  return "update @" + count.set + " { " + address_word(count.family) + " . " + text(count.port) + " counter }";
}
std::string text(ToThisHost match) {
  return match.is ? "fib daddr type local" : "fib daddr type != local";
}
std::string text(const NoteDestination& note) {
  return "update @" + note.set + " { " + (note.family == Family::ipv4 ? "ip" : "ip6") + " daddr }";
}
std::string text(const AskedForAddressIn& match) {
  return std::string("ct original ") + (match.family == Family::ipv4 ? "ip" : "ip6") + " daddr " +
         (match.is ? "@" : "!= @") + match.set;
}
std::string text(const Count& count) {
  return "counter name \"" + count.counter + "\"";
}
std::string text(const Log& log) {
  return "log prefix \"" + log.prefix + "\"";
}

std::string text(const SourceIs& match) {
  if (match.prefix.length() == 0) return text(FamilyIs{match.prefix.family()});
  return std::string(address_word(match.prefix.family())) + " " + match.prefix.to_string();
}

std::string text(const SourceAndPortIn& match) {
  std::string source = address_word(match.family);
  if (match.length != address_bits(match.family)) {
    source += " & " + AddressPrefix::of(mask_of(match.family, match.length), address_bits(match.family)).to_string();
  }
  return source + " . " + text(PortIn{match.set, match.port});
}

std::string text(AtMost limit) {
  return "limit rate " + std::to_string(limit.per_second) + "/second burst " + std::to_string(limit.burst) + " packets";
}

std::string text(const TransportPort& port) {
  return std::string(to_string(port.transport)) + " . " + std::to_string(port.number.value());
}

/// "1h59m59s120ms"
std::string text(Milliseconds time) {
  const std::uint64_t ms = time.count();
  std::string out;
  const auto unit = [&](std::uint64_t value, const char* name) {
    if (value != 0) out += std::to_string(value) + name;
  };
  unit(ms / 86'400'000, "d");
  unit(ms / 3'600'000 % 24, "h");
  unit(ms / 60'000 % 60, "m");
  unit(ms / 1000 % 60, "s");
  unit(ms % 1000, "ms");
  return out;
}

std::string with_timeout(std::string key, std::optional<Milliseconds> timeout) {
  if (timeout) key += " timeout " + text(*timeout);
  return key;
}

std::vector<std::string> locked_elements(const Lock& lock, BootTime now) {
  std::vector<std::string> elements;
  const auto timeout = lock.lifts_at ? timeout_until(*lock.lifts_at, now) : std::nullopt;
  if (lock.lifts_at && !timeout) return elements;
  for (const TransportPort& port : lock.ports) elements.push_back(with_timeout(text(port), timeout));
  return elements;
}

std::vector<std::string> allow_elements(const AllowSet& set, std::span<const AllowEntry> entries, BootTime now) {
  std::vector<std::string> elements;
  for (const AllowEntry& entry : entries) {
    const auto timeout = timeout_until(entry.closes_at, now);
    if (!timeout || AllowSet::of(entry.key) != set) continue;
    std::string address = entry.key.source.to_string();
    address = set.length == 0 ? "" : address.substr(0, address.find('/')) + " . ";
    elements.push_back(with_timeout(address + text(entry.key.port), timeout));
  }
  return elements;
}

const char* text(KeyField field) {
  switch (field) {
    case KeyField::ipv4_addr:
      return "ipv4_addr";
    case KeyField::ipv6_addr:
      return "ipv6_addr";
    case KeyField::inet_proto:
      return "inet_proto";
    case KeyField::inet_service:
      return "inet_service";
    case KeyField::mark:
      return "mark";
  }
  return "";
}

std::string properties(const Set& set) {
  if (!set.dynamic) return "\t\tflags timeout\n\t\tgc-interval " + text(Milliseconds(kGarbageCollectionMs)) + "\n";
  std::string out = "\t\tsize " + std::to_string(set.dynamic->size) + "\n\t\tflags dynamic";
  if (set.dynamic->timeout_ms == 0) return out + "\n";
  return out + ",timeout\n\t\ttimeout " + text(Milliseconds(set.dynamic->timeout_ms)) + "\n";
}

std::string text(const Set& set, const std::vector<std::string>& elements) {
  std::string key;
  for (const KeyField field : set.key) key += (key.empty() ? "" : " . ") + std::string(text(field));
  std::string out = "\tset " + set.name + " {\n\t\ttype " + key + "\n" + properties(set);
  if (!elements.empty()) {
    out += "\t\telements = { ";
    for (std::size_t i = 0; i < elements.size(); ++i) out += (i == 0 ? "" : ",\n\t\t\t     ") + elements[i];
    out += " }\n";
  }
  return out + "\t}\n\n";
}

const char* text(Hook hook) {
  switch (hook) {
    case Hook::prerouting:
      return "prerouting";
    case Hook::input:
      return "input";
    case Hook::forward:
      return "forward";
  }
  return "";
}

std::string text(const Chain& chain, const std::vector<Rule>& rules) {
  std::string out = "\tchain " + chain.name + " {\n";
  if (chain.base) {
    out += std::string("\t\ttype filter hook ") + text(chain.base->hook) + " priority " +
           std::to_string(chain.base->priority) + "; policy accept;\n";
  }
  for (const Rule& rule : rules) {
    if (rule.chain != chain.name) continue;
    std::string line;
    for (const Statement& statement : rule.statements) {
      line += (line.empty() ? "" : " ") + std::visit([](const auto& one) { return text(one); }, statement);
    }
    out += "\t\t" + line + "\n";
  }
  return out + "\t}\n\n";
}

std::vector<AllowSet> sets_of(std::span<const AllowEntry> entries, BootTime now) {
  std::vector<AllowSet> sets;
  for (const AllowEntry& entry : entries) {
    const AllowSet set = AllowSet::of(entry.key);
    if (!timeout_until(entry.closes_at, now) || std::find(sets.begin(), sets.end(), set) != sets.end()) continue;
    sets.push_back(set);
  }
  return sets;
}

}  // namespace

std::string render(const Lock& lock, MarkBits marks, std::span<const AllowEntry> entries, BootTime now, bool owned) {
  const std::vector<AllowSet> allow = sets_of(entries, now);
  const Ruleset ruleset = make_ruleset(lock, marks, allow);
  const std::string table = std::string("inet ") + kTable;
  std::string out = "add table " + table + "\ndelete table " + table + "\n\ntable " + table + " {\n";
  if (owned) out += "\tflags owner,persist\n\n";
  for (const std::string& counter : ruleset.counters) out += "\tcounter " + counter + " {\n\t}\n\n";
  for (const Set& set : ruleset.sets) {
    const auto of =
        std::find_if(allow.begin(), allow.end(), [&](const AllowSet& one) { return one.name() == set.name; });
    out += text(set, set.name == kLockedSet ? locked_elements(lock, now)
                     : of != allow.end()    ? allow_elements(*of, entries, now)
                                            : std::vector<std::string>{});
  }
  for (const Chain& chain : ruleset.chains) out += text(chain, ruleset.rules);
  out.pop_back();
  return out + "}\n";
}

}  // namespace jitgate::nft
