#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "platform/firewall_backend.hpp"
#include "platform/linux/foreign_plan.hpp"
#include "platform/linux/nft_batch.hpp"
#include "platform/linux/nft_query.hpp"

namespace jitgate::nft {

/// The rules that the lock needs in the chains of others. Level-triggered: each sync() reads what is there and mends
/// the difference, one table after the other, because a table that cannot be changed must not hold up the rest.
class ForeignChains {
 public:
  enum class Goal {
    nothing,  ///< none of our rules is there
    pass,     ///< what is granted passes (existingRules: override)
    honor,    ///< and what they accept is noticed
  };
  /// Commits one transaction that `fill` has written, unless the ruleset is no longer of this generation (ERESTART).
  using Commit =
      std::function<std::optional<BatchFailure>(std::uint32_t generation, const std::function<void(Batch&)>& fill)>;

  [[nodiscard]] static Result<ForeignChains> open(MarkBits marks);

  /// The error: the ruleset could not be read, or kept changing; worth another try. What cannot be done at all is in
  /// problems().
  [[nodiscard]] Result<void> sync(Goal goal, const Commit& commit);

  /// What cannot be honoured or passed, as of the last sync().
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  /// The chains that may accept a new connection to one of these ports by what their rules say: see reach_of().
  [[nodiscard]] Result<std::vector<Exposure>> accepted(const std::vector<TransportPort>& ports);
  /// The chains that have one of these mark bits: "ip filter INPUT, ip6 filter INPUT"
  [[nodiscard]] std::string chains_of(std::uint32_t bits) const;
  /// True when a change of this set can change a verdict that sync() relies on.
  [[nodiscard]] bool watches_set(std::uint8_t family, const std::string& table, const std::string& set) const;

 private:
  using ChainKey = std::tuple<std::uint8_t, std::string, std::string>;  ///< family, table, chain

  ForeignChains(Query query, MarkBits marks) : query_(std::move(query)), marks_(marks) {}
  void survey(Goal goal, const ForeignRuleset& ruleset);
  void survey(Goal goal, const ForeignTable& table, const ForeignChain& chain);
  void report(const std::string& where, const ForeignTable& table, const ForeignChain& chain, const ChainFacts& facts);
  void share_out_bits(const std::vector<ChainKey>& chains);
  [[nodiscard]] Result<bool> mend(Goal goal, const ForeignRuleset& ruleset, const Commit& commit);
  [[nodiscard]] Wanted wanted(Goal goal, const ForeignTable& table, const ForeignChain& chain) const;

  Query query_;
  MarkBits marks_;
  std::map<ChainKey, std::uint32_t> bits_;
  std::vector<std::tuple<std::uint8_t, std::string, std::string>> verdict_maps_;
  std::vector<std::string> problems_;
};

/// What a lock needs in the chains of others.
[[nodiscard]] ForeignChains::Goal goal_of(const Lock& lock);

}  // namespace jitgate::nft
