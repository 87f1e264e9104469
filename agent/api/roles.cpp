#include "agent/api/roles.hpp"

#include <algorithm>

namespace jitgate {
namespace {

bool is_member(const PeerIdentity& peer, const RoleMembers& members) {
  if (std::ranges::find(members.users, peer.user) != members.users.end()) return true;
  return std::ranges::find_first_of(peer.groups, members.groups) != peer.groups.end();
}

}  // namespace

RoleSet resolve_roles(const PeerIdentity& peer, const AccessConfig& access) {
  RoleSet roles;
  const bool administrator = is_member(peer, access.administrator);
  if (administrator) roles.add(Role::administrator);
  if (administrator || is_member(peer, access.reader)) roles.add(Role::reader);
  if (administrator || is_member(peer, access.requester)) roles.add(Role::requester);
  if (administrator || is_member(peer, access.approver)) roles.add(Role::approver);
  return roles;
}

std::vector<std::string> groups_with_roles(const AccessConfig& access) {
  std::vector<std::string> groups;
  for (const RoleMembers* members : {&access.reader, &access.requester, &access.administrator, &access.approver})
    std::ranges::copy_if(members->groups, std::back_inserter(groups),
                         [&](const std::string& group) { return std::ranges::find(groups, group) == groups.end(); });
  return groups;
}

Caller make_caller(const PeerIdentity& peer, const AccessConfig& access) {
  return Caller{peer.user, "uid " + std::to_string(peer.uid) + ", pid " + std::to_string(peer.pid),
                resolve_roles(peer, access), peer.uid};
}

}  // namespace jitgate
