#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/model/address_prefix.hpp"

namespace jitgate {

/// What a caller may do (docs/security.md has the table). Roles do not include each other.
enum class Role : std::uint8_t { reader = 1, requester = 2, administrator = 4, approver = 8 };

class RoleSet {
 public:
  void add(Role role) { bits_ |= static_cast<std::uint8_t>(role); }
  [[nodiscard]] bool has(Role role) const { return (bits_ & static_cast<std::uint8_t>(role)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  friend bool operator==(RoleSet, RoleSet) = default;

 private:
  std::uint8_t bits_ = 0;
};

/// Who makes a call, as the operating system vouches for it; nothing in here comes from the request.
struct Caller {
  std::string name;  ///< the requestor's name: PeerIdentity::user, or that of a token or certificate
  std::string peer;  ///< for the audit: "uid 1000, pid 4242"
  RoleSet roles;
  std::optional<std::uint32_t> uid{};  ///< of a local caller: PeerIdentity::uid
  /// The address that a request without a source means: that of a peer over the network.
  std::optional<AddressPrefix> address{};
};

}  // namespace jitgate
