#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/control/boot_file.hpp"
#include "agent/model/locked_port.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

[[nodiscard]] std::vector<LockedPort> locked_by(std::span<const PolicyPort> ports);
/// What the kernel's table locks, in the fewest words.
[[nodiscard]] std::vector<LockedPort> locked_by(std::span<const TransportPort> ports);
/// Each once, sorted.
[[nodiscard]] std::vector<LockedPort> all_of(std::vector<LockedPort> a, const std::vector<LockedPort>& b);

/// What a KeptLock holds.
struct KeptPorts {
  std::vector<LockedPort> ports;
  std::optional<Error> problem;  ///< why there may be more than `ports`, which are those that can be read
};

/// Which ports the policy locks, in a file of its own, `locked-ports` in the state directory: where the policy is kept
/// in the store (policy.authority: api), the lock must be able to rise before the store can be read, and without it.
/// The file never says less than the store: it is widened before, and narrowed after.
class KeptLock {
 public:
  explicit KeptLock(const std::string& state_directory, const std::string& boot_directory = {})
      : file_(state_directory, boot_directory, "locked-ports") {}

  /// None where there is no file. Where the state's is not there, or cannot be read in full, its copy counts (too).
  [[nodiscard]] KeptPorts read() const;
  /// On the medium when it returns.
  [[nodiscard]] Result<void> write(const std::vector<LockedPort>& ports) const;

 private:
  BootFile file_;
};

}  // namespace jitgate
