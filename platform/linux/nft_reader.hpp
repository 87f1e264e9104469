#pragma once

#include <optional>
#include <vector>

#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"
#include "platform/linux/nft_contents.hpp"
#include "platform/linux/nft_query.hpp"
#include "platform/linux/nft_reply.hpp"
#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// Asks the kernel about table inet jitgate.
class Reader {
 public:
  [[nodiscard]] static Result<Reader> open();

  /// nullopt: there is no such table.
  [[nodiscard]] Result<std::optional<TableInfo>> table();
  /// What the table is made of; nullopt: there is no such table.
  [[nodiscard]] Result<std::optional<TableContents>> contents();
  /// True when the table's chains, rules and sets are exactly these. Elements are not looked at, nor what a counter
  /// counted.
  [[nodiscard]] Result<bool> holds(const Ruleset& expected);
  /// False also where there is no table.
  [[nodiscard]] Result<bool> has_rules();
  /// The locked ports, sorted; nullopt when the set holds something that is not a port.
  [[nodiscard]] Result<std::optional<std::vector<TransportPort>>> locked();
  /// What is left of this entry; nullopt: no packet matches it now. Duration::max(): it never ends, which is never our
  /// doing.
  [[nodiscard]] Result<std::optional<Duration>> remaining(const AllowKey& key);
  /// Of this table; all zero without one.
  [[nodiscard]] Result<DenyCounter> denied();
  /// See ruleset_generation().
  [[nodiscard]] Result<std::uint32_t> generation() { return ruleset_generation(query_); }

  /// Packets that chains of others let in on a locked port.
  struct Exposed {
    TransportPort port;
    std::uint32_t mark;  ///< the chain bits of their marks: those cleared are of chains that accepted them
    std::uint64_t packets;
  };
  /// Empty when the table has no such set (`existingRules: override`).
  [[nodiscard]] Result<std::vector<Exposed>> exposed();
  /// The same for ports that DNAT published past the lock; their `mark` is 0.
  [[nodiscard]] Result<std::vector<Exposed>> published();
  struct ExposedSource {
    AddressPrefix source;
    TransportPort port;
  };
  [[nodiscard]] Result<std::vector<ExposedSource>> exposed_sources();

 private:
  explicit Reader(Query query) : query_(std::move(query)) {}

  [[nodiscard]] Result<Query::Answer> dump(std::uint16_t nft_message, std::uint16_t table_attribute);
  template <class Each>
  [[nodiscard]] Result<void> elements(const char* set, Each each);
  [[nodiscard]] Result<std::vector<std::string>> chains();
  [[nodiscard]] Result<std::vector<std::string>> rules();
  [[nodiscard]] Result<std::vector<std::string>> sets();

  Query query_;
};

}  // namespace jitgate::nft
