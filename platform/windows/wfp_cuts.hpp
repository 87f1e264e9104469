#pragma once

#include <map>
#include <vector>

#include "agent/model/clock.hpp"
#include "platform/connection_tracker.hpp"
#include "platform/windows/wfp_engine.hpp"

namespace jitgate::wfp {

/// The filters that stop established flows, and until when: TCP for a day, longer than a peer goes on without an
/// answer, UDP for an hour, longer than a flow is kept in any case. They stand beside the lock, and like it outlive the
/// process, but not the engine.
class Cuts {
 public:
  explicit Cuts(const Clock& clock) : clock_(clock) {}

  void add(const std::vector<Connection>& flows);
  /// Those that a process before this one made, for their whole time once more: how much of it is over, no filter says.
  void adopt(const std::vector<Installed>& found);
  [[nodiscard]] std::vector<Filter> standing() const;
  /// Under this lock. What it does not deny is not cut any more.
  void keep_to(const Lock& lock);
  /// One is to go.
  [[nodiscard]] bool any_over() const;
  /// Those that are over were removed.
  void forget_over();
  void clear() { made_.clear(); }

 private:
  struct Cut {
    Filter filter;
    BootTime until;
  };
  void note(Filter filter, Transport transport);

  const Clock& clock_;
  std::map<Guid, Cut> made_;
};

}  // namespace jitgate::wfp
