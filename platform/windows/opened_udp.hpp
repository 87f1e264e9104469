#pragma once

#include <map>
#include <vector>

#include "agent/model/ruleset.hpp"

namespace jitgate {

/// Which sources UDP ports were open for: Windows does not list the remote ends of UDP, so this is what is known of
/// them.
class OpenedUdp {
 public:
  explicit OpenedUdp(BootTime now) : since_(now) {}
  void note(const std::vector<AllowEntry>& opened, BootTime now);
  /// Those that were open on these ports within the last hour, or still are.
  [[nodiscard]] std::vector<AllowKey> of(const std::vector<TransportPort>& ports, BootTime now) const;

  /// Nothing that may still flow was opened before this object was there.
  [[nodiscard]] bool is_complete(BootTime now) const;

 private:
  BootTime since_;
  std::map<AllowKey, BootTime> until_;  ///< each at most
};

}  // namespace jitgate
