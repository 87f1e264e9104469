#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "agent/model/ruleset.hpp"
#include "platform/firewall_backend.hpp"

namespace jitgate::scenarios {

/// One thing that happens, or that must be so. The host that is locked has a service on TCP 22 and 23 and on UDP 53 and
/// 54; who knocks is 198.51.100.10 and fd00:51::10 (client), .20 and ::20 (stranger), or the host itself (127.0.0.1,
/// ::1).
struct Step {
  enum class Kind {
    raise,      ///< a table with `lock`, and `entries`
    put,        ///< `entries`
    close,      ///< `entries`, whatever their time
    remove,     ///< the table
    restart,    ///< the backend's process ends, and another one begins
    passes,     ///< a new connection from `from` to `port` is made
    denied,     ///< it is not
    closes,     ///< it is not any more, when some time has passed
    establish,  ///< a connection that is kept for what follows
    alive,      ///< it still passes
  };
  struct Entry {
    AllowKey key;
    Duration lasts;
  };
  Kind kind = Kind::remove;
  Lock lock{};
  std::vector<Entry> entries{};
  std::string from{};
  std::vector<TransportPort> ports{};  ///< each of them
};

struct Scenario {
  std::string name;
  std::vector<Step> steps;
};
std::ostream& operator<<(std::ostream& out, const Scenario& scenario);

/// The table: every backend gives the same verdicts for it.
[[nodiscard]] const std::vector<Scenario>& table();

/// Where scenarios are played.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual FirewallBackend& backend() = 0;
  virtual void restart() = 0;
  virtual BootTime now() = 0;
  /// A new connection; `expected` says how long it is worth waiting.
  virtual bool connects(const std::string& from, const TransportPort& port, bool expected) = 0;
  /// Makes one and keeps it.
  virtual bool establish(const std::string& from, const TransportPort& port) = 0;
  virtual bool alive(const std::string& from, const TransportPort& port) = 0;
};

/// Plays it, and fails the running GoogleTest where a step does not hold.
void play(const Scenario& scenario, Stage& stage);

}  // namespace jitgate::scenarios
