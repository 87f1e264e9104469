#include "platform/linux/foreign_tag.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace jitgate::nft {
namespace {

constexpr std::array<std::string_view, 3> kWords{"jitgate: pass ", "jitgate: clear ", "jitgate: set "};
constexpr std::size_t kRest = sizeof "0x00000000 of 0x00000000" - 1;

}  // namespace

std::string Tag::comment() const {
  std::array<char, kRest + 1> numbers{};
  std::snprintf(numbers.data(), numbers.size(), "0x%08x of 0x%08x", bits, mask);
  return std::string(kWords[static_cast<std::size_t>(kind)]) + numbers.data();
}

bool is_tag(const std::string& comment) {
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    return comment.starts_with(word) && comment.size() == word.size() + kRest;
  });
}

}  // namespace jitgate::nft
