#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace jitgate {

/// Names for processes: the services that one hosts (svchost.exe is none that tells anything), else its program without
/// ".exe"; "System" for the kernel's own. Blocks.
class SocketOwners {
 public:
  SocketOwners();
  /// Sorted; empty where it cannot be told.
  [[nodiscard]] std::vector<std::string> names(std::uint32_t pid) const;

 private:
  std::map<std::uint32_t, std::vector<std::string>> services_;
};

}  // namespace jitgate
