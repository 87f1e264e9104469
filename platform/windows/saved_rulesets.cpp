#include "platform/saved_rulesets.hpp"

namespace jitgate {

// Windows' own firewall keeps its rules apart from ours, and nothing that loads rules at boot saves ours with them.
std::vector<std::string> usual_saved_rulesets() {
  return {};
}

std::vector<SavedRuleset> find_saved_rulesets(const std::vector<std::string>&) {
  return {};
}

}  // namespace jitgate
