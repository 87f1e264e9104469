#pragma once

#include <string>
#include <vector>

namespace jitgate {

/// A file that a firewall is loaded from at boot, with rules of ours in it: saved while jitgated ran, they would come
/// back without it, and stay.
struct SavedRuleset {
  std::string path;
  std::string found;  ///< the line, without the spaces around it
  friend bool operator==(const SavedRuleset&, const SavedRuleset&) = default;
};

/// Where this operating system's firewalls are saved.
[[nodiscard]] std::vector<std::string> usual_saved_rulesets();

/// Those of the files that hold our table or a rule with our comment. A file that is not there or cannot be read holds
/// nothing. Blocks.
[[nodiscard]] std::vector<SavedRuleset> find_saved_rulesets(const std::vector<std::string>& paths);

}  // namespace jitgate
