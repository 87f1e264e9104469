#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/control/asked_for.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/second_person.hpp"

namespace jitgate {

/// A request that waits for a second person.
struct PendingRequest {
  GrantRecord record;
  AskedFor asked;
};

/// The longest that anybody has to decide on a request.
inline constexpr Duration kLongestDecision = std::chrono::hours(24);

/// When a request that nobody has decided on is over: after kLongestDecision, or the shortest maxRequestAccessDuration
/// of its ports, or when the first port that was asked for until a fixed time would end.
[[nodiscard]] WallTime decide_by(const PendingRequest& request, const Policy& policy);

/// The grant that it becomes when `approver` approves it now.
[[nodiscard]] Grant approved(const PendingRequest& request, std::string approver, WallTime now);

/// The requests that wait, in memory; all of them are durable.
class PendingRequests {
 public:
  void add(PendingRequest request);
  /// The request, which is no longer among these.
  [[nodiscard]] std::optional<PendingRequest> take(const std::string& id);
  [[nodiscard]] const PendingRequest* find(const std::string& id) const;
  /// By id, which is the order of their arrival.
  [[nodiscard]] const std::map<std::string, PendingRequest>& all() const { return requests_; }
  /// Those of the same requestor that ask for nothing but what `grant` asks for too.
  [[nodiscard]] std::vector<std::string> replaced_by(const Grant& grant) const;
  /// The first decide_by(); nullopt when none waits.
  [[nodiscard]] std::optional<WallTime> next_end(const Policy& policy) const;

 private:
  std::map<std::string, PendingRequest> requests_;
};

}  // namespace jitgate
