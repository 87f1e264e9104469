#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/store/grant_store.hpp"

namespace jitgate {

/// What was granted on each port within the last seven days, to the hour. An access is a grant that opened the port, by
/// whoever asked for it, used or not; an unlock is one too, but no approved request. Bounded: by the hour and port, not
/// by the grant.
class PortActivity {
 public:
  static constexpr Duration kPeriod = std::chrono::days(7);
  /// The source name of unlocks.
  static constexpr const char* kUnlockSource = "unlock";

  /// A grant that opens.
  void add(const GrantRecord& record);
  /// What an earlier run had granted.
  void add(const PortUse& use);

  struct Summary {
    std::size_t approved_requests = 0;
    std::optional<WallTime> last_access{};
    std::string last_user{};
  };
  /// Of one port of the policy: grants of the protocols that lie in its.
  [[nodiscard]] Summary of(PortNumber number, Protocol protocol, WallTime now) const;

 private:
  struct Hour {
    std::size_t requests = 0;
    WallTime last{};
    std::string user;
  };
  using Port = std::pair<PortNumber, Protocol>;
  void forget_before(std::int64_t hour);

  std::map<Port, std::map<std::int64_t, Hour>> hours_;  ///< by hour since 1970
};

}  // namespace jitgate
