#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "platform/windows/defender_rules.hpp"

namespace jitgate {

/// What Windows Defender Firewall does to a lock's grants, read anew when the last reading is older than 30 s. One that
/// cannot be read (its service is off) blocks nothing; the log says so once.
class DefenderReport {
 public:
  [[nodiscard]] std::vector<std::string> problems(const Lock& lock, bool hard_grants);

 private:
  DefenderState state_;
  std::optional<std::chrono::steady_clock::time_point> read_at_;
};

}  // namespace jitgate
