#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace jitgate {

/// How many connections are open, in all and for each user. One user's connections never use up another's.
/// Single-threaded.
class ConnectionLimits {
 public:
  /// Held for as long as the connection lives.
  class Slot {
   public:
    Slot(std::shared_ptr<ConnectionLimits> limits, std::string user)
        : limits_(std::move(limits)), user_(std::move(user)) {}
    Slot(Slot&&) = default;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (limits_) limits_->release(user_);
    }

   private:
    std::shared_ptr<ConnectionLimits> limits_;
    std::string user_;
  };

  ConnectionLimits(std::size_t total, std::size_t per_user) : total_limit_(total), user_limit_(per_user) {}

  /// nullopt: a limit is reached. `privileged`: the total does not count, so that other users cannot keep an
  /// administrator out.
  [[nodiscard]] static std::optional<Slot> acquire(const std::shared_ptr<ConnectionLimits>& limits,
                                                   const std::string& user, bool privileged);

 private:
  void release(const std::string& user);

  std::size_t total_limit_;
  std::size_t user_limit_;
  std::size_t total_ = 0;
  std::map<std::string, std::size_t> by_user_;
};

}  // namespace jitgate
