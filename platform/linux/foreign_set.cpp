#include "platform/linux/foreign_set.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace jitgate::nft {
namespace {

using Key = std::vector<std::byte>;

/// The key in front of this one, as a number in network order; the very first stays.
Key predecessor(Key key) {
  const Key first(key.size());
  if (key == first) return key;
  for (auto byte = key.rbegin(); byte != key.rend(); ++byte) {
    const bool borrow = *byte == std::byte{0};
    *byte = static_cast<std::byte>(std::to_integer<unsigned>(*byte) - 1U);
    if (!borrow) break;
  }
  return key;
}

/// An interval lasts up to the next bound; the last one may have no end.
std::vector<SetEntry> intervals_of(std::vector<SetElement> bounds) {
  // Where one ends and another begins, the end comes first.
  std::ranges::sort(bounds, [](const SetElement& one, const SetElement& other) {
    return std::tie(one.key, other.ends_interval) < std::tie(other.key, one.ends_interval);
  });
  std::vector<SetEntry> entries;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    SetElement& bound = bounds[i];
    if (bound.ends_interval) continue;
    Key last = bound.key;
    if (i + 1 < bounds.size()) last = predecessor(bounds[i + 1].key);
    if (i + 1 == bounds.size()) std::ranges::fill(last, std::byte{0xff});
    entries.push_back({std::move(bound.key), std::move(last), std::move(bound.verdicts)});
  }
  return entries;
}

}  // namespace

std::vector<SetEntry> entries_of(std::vector<SetElement> elements, bool intervals) {
  std::vector<SetEntry> entries;
  std::vector<SetElement> bounds;
  for (SetElement& element : elements) {
    const bool bound = intervals && !element.key.empty() && element.key_end.empty();
    if (bound) {
      bounds.push_back(std::move(element));
      continue;
    }
    Key last = element.key_end.empty() ? element.key : std::move(element.key_end);
    entries.push_back({std::move(element.key), std::move(last), std::move(element.verdicts)});
  }
  std::ranges::move(intervals_of(std::move(bounds)), std::back_inserter(entries));
  return entries;
}

}  // namespace jitgate::nft
