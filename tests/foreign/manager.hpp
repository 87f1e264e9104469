#pragma once

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/netns/daemon_process.hpp"
#include "tests/netns/harness.hpp"

namespace jitgate::netns {

/// What the administrator has told the manager to accept, over TCP and UDP.
struct Admission {
  std::vector<int> ports{22, 24};
  std::string ipv4 = "203.0.113.0/24";
  std::string ipv6 = "2001:db8:7::/64";
};

/// Something else that manages the firewall of a host: the real program or real rules, in the host's network namespace
/// and with files of its own. Beside what is admitted it accepts what is established, loopback and ICMP. Every call
/// returns when the manager has done it; what goes wrong throws.
class Manager {
 public:
  virtual ~Manager() = default;
  /// Puts the rules in place.
  virtual void start() = 0;
  /// As its administrator does it who has changed something, by the manager's own means.
  virtual void reload() = 0;
  /// Takes the protection away as the manager does it: everything is let in.
  virtual void stop() = 0;
  /// The chain that accepts what is admitted over IPv4, as jitgate names it: "ip filter INPUT".
  [[nodiscard]] virtual std::string accepting_chain() const = 0;
  /// Everything that the kernel and the manager's tools list, without handles, counters and remaining times.
  [[nodiscard]] virtual std::string listing() const;
  /// Lets one more address in to TCP port 22, while it runs and without a reload.
  virtual void admit(const std::string& address) = 0;
  /// Puts a rule before all others that drops what comes from an address, until the next reload. False: this manager
  /// accepts what is established before anything that it can be told.
  virtual bool ban(const std::string& address);
  /// False: what no rule accepts, the chain's policy does.
  [[nodiscard]] virtual bool refuses_the_rest() const { return true; }
  /// Some rule accepts whom it admits at whatever port, though another drops it.
  [[nodiscard]] virtual bool accepts_every_port() const { return false; }
  /// Its reload takes away every table that nobody owns, the lock of a dead jitgated among them.
  [[nodiscard]] virtual bool flushes_other_tables() const { return false; }

 protected:
  explicit Manager(const Host& host) : host_(host) {}
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] const ScratchDirectory& scratch() const { return scratch_; }

 private:
  const Host& host_;
  ScratchDirectory scratch_;
};

/// A manager that tests are run against.
struct ManagerKind {
  const char* name;  ///< part of a test's name
  std::unique_ptr<Manager> (*make)(const Host&, const Admission&);
};
std::ostream& operator<<(std::ostream& out, const ManagerKind& kind);

/// All of them.
const std::vector<ManagerKind>& manager_kinds();

}  // namespace jitgate::netns
