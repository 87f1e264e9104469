#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "platform/linux/foreign_condition.hpp"

namespace jitgate::nft {

/// What the expressions of a rule have loaded into nf_tables' registers so far, as far as it is a Field. Registers are
/// named as the kernel names them (NFT_REG_x, NFT_REG32_xx).
class Registers {
 public:
  /// `length` bytes were loaded; the field is the `part` of them, or there is none in them.
  void load(std::uint32_t reg, std::size_t length, std::optional<KeyPart> part = std::nullopt);
  void forget_all() { loaded_.clear(); }
  /// One register's value, AND `mask`, XOR `flip`, goes to another.
  void combine(std::uint32_t from, std::uint32_t to, std::span<const std::byte> mask, std::span<const std::byte> flip);

  /// What a comparison says; nullopt when it says nothing that we understand. `op`: NFT_CMP_x
  [[nodiscard]] std::optional<Condition> compare(std::uint32_t reg, std::uint32_t op,
                                                 std::span<const std::byte> value) const;
  /// Between two values, inclusive, or outside of them.
  [[nodiscard]] std::optional<Condition> compare_range(std::uint32_t reg, bool inside, std::span<const std::byte> first,
                                                       std::span<const std::byte> last) const;
  /// Where the fields are in a key that begins in this register; a part that lies behind the end of the key is none.
  [[nodiscard]] std::vector<KeyPart> parts(std::uint32_t reg) const;

 private:
  struct Loaded {
    KeyPart part;
    std::size_t length;
    std::optional<std::uint32_t> mask;
  };
  [[nodiscard]] const Loaded* find(std::uint32_t reg) const;
  void forget(std::size_t word, std::size_t length);

  std::map<std::size_t, Loaded> loaded_;  ///< by their first 32-bit word
};

}  // namespace jitgate::nft
