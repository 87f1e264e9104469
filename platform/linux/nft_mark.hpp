#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace jitgate::nft {

/// How the bits of `enforcement.mark.mask` are used on packets to a locked port, between our first chain on the input
/// hook and our last: the lowest says "granted", the next "not granted", and each of the others belongs to one base
/// chain of somebody else, set while that chain has not accepted the packet.
class MarkBits {
 public:
  /// nullopt when there are fewer than three bits.
  [[nodiscard]] static constexpr std::optional<MarkBits> of(std::uint32_t mask) {
    if (std::popcount(mask) < 3) return std::nullopt;
    return MarkBits(mask);
  }
  /// What the contract names as the default.
  [[nodiscard]] static constexpr MarkBits standard() { return MarkBits(0x7f000000); }

  [[nodiscard]] constexpr std::uint32_t mask() const { return mask_; }
  [[nodiscard]] constexpr std::uint32_t granted() const { return lowest(mask_); }
  [[nodiscard]] constexpr std::uint32_t denied() const { return lowest(mask_ & ~granted()); }
  /// The bits that base chains share out among themselves.
  [[nodiscard]] constexpr std::uint32_t chains() const { return mask_ & ~granted() & ~denied(); }
  [[nodiscard]] std::vector<std::uint32_t> chain_bits() const {
    std::vector<std::uint32_t> bits;
    for (std::uint32_t left = chains(); left != 0; left &= ~lowest(left)) bits.push_back(lowest(left));
    return bits;
  }
  friend bool operator==(MarkBits, MarkBits) = default;

 private:
  explicit constexpr MarkBits(std::uint32_t mask) : mask_(mask) {}
  static constexpr std::uint32_t lowest(std::uint32_t bits) { return bits & (~bits + 1); }
  std::uint32_t mask_;
};

}  // namespace jitgate::nft
