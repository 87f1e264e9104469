#pragma once

#include <optional>
#include <string>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// What `jitgated --release` leaves behind for a daemon that runs or starts meanwhile: until when the locks are to stay
/// away. It lives in the runtime directory, so a reboot ends it.
class ReleaseMarker {
 public:
  ReleaseMarker(std::string runtime_directory, const Clock& clock);

  [[nodiscard]] Result<void> write(Duration how_long) const;
  [[nodiscard]] Result<void> remove() const;
  /// nullopt: nothing is released (no marker, one of another boot, one that has ended, or one that cannot be read).
  [[nodiscard]] std::optional<BootTime> until() const;

 private:
  std::string path_;
  const Clock& clock_;
};

}  // namespace jitgate
