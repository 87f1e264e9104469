#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/linux/netlink_message.hpp"
#include "platform/linux/nft_batch.hpp"
#include "platform/linux/nft_reply.hpp"
#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// What table inet jitgate is made of, whoever made it: as much as it takes to empty it.
struct TableContents {
  struct Chain {
    std::string name;
    std::string description;  ///< see describe_chain(); of a base chain as if its policy were accept
  };
  struct Object {
    std::string name;
    std::uint32_t type;  ///< NFT_OBJECT_x
  };

  std::uint32_t generation = 0;  ///< of the ruleset that this is a part of
  TableInfo table;
  std::vector<Chain> chains;
  std::vector<std::string> sets;
  std::vector<Object> objects;
  /// There is something that none of our rulesets has, and that goes only with the whole table.
  bool strange = false;

  /// Takes note of what a message of a dump says (NFT_MSG_NEWCHAIN, NEWSET, NEWOBJ, NEWFLOWTABLE). False: it cannot be
  /// read.
  [[nodiscard]] bool note(const NetlinkMessage& message);
};

/// Deletes everything in the table but the base chains that the wanted ruleset has too, which lose their rules.
///
/// What makes them stay is that a table which is replaced by another lets packets through: the kernel has both their
/// base chains on the hook for a while, the new one judges nothing before the commit and the old one nothing after it
/// (accept_all of net/netfilter/core.c), so a packet that is between the two meanwhile is judged by neither. Within one
/// chain a packet sees the rules of before the commit or those of after it.
void empty_table(Batch& batch, const TableContents& contents, const Ruleset& wanted);

}  // namespace jitgate::nft
