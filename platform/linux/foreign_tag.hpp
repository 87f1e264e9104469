#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/linux/nft_mark.hpp"

namespace jitgate::nft {

/// A rule that we put into a chain of somebody else. Its comment says all of it, so that it is known again after a
/// crash of ours, or after the owner of the table has saved and restored it.
struct Tag {
  enum class Kind : std::uint8_t {
    pass,   ///< what is granted is accepted
    clear,  ///< from here on, a denied packet that leaves the chain has been accepted by it
    set,    ///< from here on, it has not
  };
  Kind kind;
  std::uint32_t bits;  ///< the chain's bit; of `pass`, the one for granted packets
  std::uint32_t mask;  ///< bits that are compared

  [[nodiscard]] static Tag pass(MarkBits marks) { return {Kind::pass, marks.granted(), marks.mask()}; }
  [[nodiscard]] static Tag clear(MarkBits marks, std::uint32_t bit) { return {Kind::clear, bit, marks.denied()}; }
  [[nodiscard]] static Tag set(MarkBits marks, std::uint32_t bit) { return {Kind::set, bit, marks.denied()}; }

  /// "jitgate: clear 0x04000000 of 0x02000000"
  [[nodiscard]] std::string comment() const;
  friend bool operator==(Tag, Tag) = default;
};

/// True when a rule with this comment is one of ours, of this run or an earlier one.
[[nodiscard]] bool is_tag(const std::string& comment);

}  // namespace jitgate::nft
