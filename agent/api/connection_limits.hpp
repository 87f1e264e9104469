#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace jitgate {

/// How many connections are open: of all who have no role, and of each user. Users with a role cannot be kept out by
/// others.
/// Single-threaded.
class ConnectionLimits {
 public:
  /// Held for as long as the connection lives.
  class Slot {
   public:
    Slot(std::shared_ptr<ConnectionLimits> limits, std::string user, bool anybody)
        : limits_(std::move(limits)), user_(std::move(user)), anybody_(anybody) {}
    Slot(Slot&&) = default;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (limits_) limits_->release(user_, anybody_);
    }

   private:
    std::shared_ptr<ConnectionLimits> limits_;
    std::string user_;
    bool anybody_;
  };

  ConnectionLimits(std::size_t total, std::size_t per_user) : total_limit_(total), user_limit_(per_user) {}

  /// nullopt: a limit is reached. `has_role`: the total does not count, and is not counted against.
  [[nodiscard]] static std::optional<Slot> acquire(const std::shared_ptr<ConnectionLimits>& limits,
                                                   const std::string& user, bool has_role);

 private:
  void release(const std::string& user, bool anybody);

  std::size_t total_limit_;
  std::size_t user_limit_;
  std::size_t anybody_ = 0;  ///< without a role
  std::map<std::string, std::size_t> by_user_;
};

}  // namespace jitgate
