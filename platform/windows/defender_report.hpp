#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/windows/defender_rules.hpp"

namespace jitgate {

/// What Windows Defender Firewall does to a lock's grants. A thread of its own reads the rules, as that takes the
/// system as long as it takes; answers come from the last reading. Rules that cannot be read (their service is off)
/// block nothing; the log says so once.
class DefenderReport {
 public:
  /// `read` is called on the thread alone.
  explicit DefenderReport(std::function<Result<DefenderState>()> read = read_defender_state);
  /// Waits for a reading that is under way.
  ~DefenderReport();
  DefenderReport(const DefenderReport&) = delete;
  DefenderReport& operator=(const DefenderReport&) = delete;

  /// Has the rules read soon, where the last reading is older than 30 s. Does not wait.
  void refresh();
  /// By the last reading; nothing before the first. Calls refresh().
  [[nodiscard]] std::vector<std::string> problems(const Lock& lock, bool hard_grants);

 private:
  void run();

  std::function<Result<DefenderState>()> read_;
  std::mutex mutex_;
  std::condition_variable changed_;
  DefenderState state_;
  std::optional<std::chrono::steady_clock::time_point> read_at_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;  ///< last: it uses everything above
};

}  // namespace jitgate
