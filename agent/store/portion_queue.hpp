#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "agent/model/grant.hpp"

namespace jitgate {

/// Hands portions of grants from the thread that reads them to the one that waits for them.
class PortionQueue {
 public:
  void put(std::vector<GrantRecord> portion) {
    {
      const std::lock_guard lock(mutex_);
      portions_.push_back(std::move(portion));
    }
    there_.notify_one();
  }

  /// No more will come.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    there_.notify_one();
  }

  /// Blocks until there is one; nullopt when none will come.
  [[nodiscard]] std::optional<std::vector<GrantRecord>> next() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [this] { return closed_ || !portions_.empty(); });
    if (portions_.empty()) return std::nullopt;
    auto portion = std::move(portions_.front());
    portions_.pop_front();
    return portion;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<std::vector<GrantRecord>> portions_;  // guarded by mutex_
  bool closed_ = false;                            // guarded by mutex_
};

}  // namespace jitgate
