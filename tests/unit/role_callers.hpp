#pragma once

#include "tests/role_table.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {

/// Each role is given to one user alone.
inline AccessConfig one_user_a_role() {
  return AccessConfig{{{"reader"}, {}}, {{"requester"}, {}}, {{"administrator"}, {}}, {{"approver"}, {}}};
}

/// Whoever has this role of kRoleColumns and no other; nobody is root.
inline PeerIdentity user_with(std::size_t role) {
  return {kRoleColumns.at(role), 2000u + static_cast<std::uint32_t>(role), 4242, {"users"}};
}

}  // namespace jitgate
