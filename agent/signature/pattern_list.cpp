#include "agent/signature/pattern_list.hpp"

namespace jitgate::signature {
namespace {

/// Goes back to the last star alone, so it takes at most text times pattern steps, and no stack.
bool matches_pattern(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (at < text.size()) {
    const char wanted = in_pattern < pattern.size() ? pattern[in_pattern] : '\0';
    if (in_pattern < pattern.size() && wanted == '*') {
      star = in_pattern++;
      resume = at;
    } else if (in_pattern < pattern.size() && (wanted == '?' || wanted == text[at])) {
      ++at;
      ++in_pattern;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

}  // namespace

bool matches_pattern_list(std::string_view text, std::string_view list) {
  bool matched = false;
  while (!list.empty()) {
    std::string_view pattern = list.substr(0, list.find(','));
    list.remove_prefix(pattern.size() + (pattern.size() < list.size() ? 1 : 0));
    const bool excludes = pattern.starts_with('!');
    if (excludes) pattern.remove_prefix(1);
    if (!matches_pattern(text, pattern)) continue;
    if (excludes) return false;
    matched = true;
  }
  return matched;
}

}  // namespace jitgate::signature
