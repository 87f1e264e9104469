#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// How a pending request was asked for, as far as its document does not say it.
struct AskedFor {
  std::string caller;  ///< who made the call: the requestor, or an administrator in the requestor's place
  std::optional<std::uint32_t> uid;
  /// One for each port of the document: how long, from the approval on; nullopt: until the port's own end.
  std::vector<std::optional<Duration>> lengths;
  friend bool operator==(const AskedFor&, const AskedFor&) = default;
};

/// As the store keeps it (GrantRecord::request); whole seconds.
[[nodiscard]] std::string to_text(const AskedFor& asked);
/// `ports`: how many lengths there must be.
[[nodiscard]] Result<AskedFor> parse_asked_for(std::string_view text, std::size_t ports);

}  // namespace jitgate
