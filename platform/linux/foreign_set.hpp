#pragma once

#include <cstddef>
#include <vector>

#include "platform/linux/foreign_condition.hpp"
#include "platform/linux/foreign_verdict.hpp"

namespace jitgate::nft {

/// An element of a set or a verdict map, as the kernel lists it.
struct SetElement {
  std::vector<std::byte> key;      ///< empty: whatever is in no other element
  std::vector<std::byte> key_end;  ///< of a set of concatenated intervals: inclusive
  bool ends_interval = false;      ///< the interval before it ends in front of this key
  Verdicts verdicts;
};

/// What an element stands for: the keys from `first` to `last`, inclusive; both empty: any key.
struct SetEntry {
  std::vector<std::byte> first;
  std::vector<std::byte> last;
  Verdicts verdicts;
};

/// `intervals`: the set's elements are the bounds of intervals. Pure.
[[nodiscard]] std::vector<SetEntry> entries_of(std::vector<SetElement> elements, bool intervals);

}  // namespace jitgate::nft
