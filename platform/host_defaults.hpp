#pragma once

#include <string>
#include <vector>

namespace jitgate {

/// Users and groups of the operating system, by name, that have a role.
struct RoleMembers {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  friend bool operator==(const RoleMembers&, const RoleMembers&) = default;
};

/// What the operating system's custom puts in place of what the configuration leaves open.
struct HostDefaults {
  std::string configuration;      ///< the daemon's file
  std::string state_directory;    ///< for the daemon alone
  std::string runtime_directory;  ///< forgotten at the next boot
  std::string tokens;             ///< of the API over TLS
  std::string allowed_signers;
  std::string firewall;       ///< `enforcement.backend`: "nftables", "wfp"
  std::string api_address;    ///< of the local API: the path of a Unix socket, or the name of a pipe
  std::string absolute_path;  ///< what an absolute path looks like, for messages
  // Who has which role where the configuration does not say.
  RoleMembers readers;
  RoleMembers requesters;
  RoleMembers administrators;
  RoleMembers approvers;
};

/// Made at the first call; any thread.
[[nodiscard]] const HostDefaults& host_defaults();

}  // namespace jitgate
