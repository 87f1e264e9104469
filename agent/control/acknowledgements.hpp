#pragma once

#include <set>
#include <string>
#include <string_view>

#include "platform/firewall_backend.hpp"

namespace jitgate {

/// Which exposures an administrator has accepted: by port and by what leaves it open.
class Acknowledgements {
 public:
  static constexpr const char* kSetting = "acknowledgedExposures";

  /// From text(); lines that are not understood are left out, which makes their exposures unacknowledged.
  [[nodiscard]] static Acknowledgements parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  void add(const Exposure& exposure) { lines_.insert(line(exposure)); }
  [[nodiscard]] bool has(const Exposure& exposure) const { return lines_.contains(line(exposure)); }

 private:
  [[nodiscard]] static std::string line(const Exposure& exposure);
  std::set<std::string> lines_;  ///< "tcp 22 ip filter INPUT"
};

}  // namespace jitgate
