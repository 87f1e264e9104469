#include "agent/api/roles.hpp"

#include <algorithm>

namespace jitgate {
namespace {

bool is_member(const PeerIdentity& peer, const RoleMembers& members) {
  const auto means_peer = [&](const std::string& name) { return is_user(peer, name); };
  if (std::ranges::any_of(members.users, means_peer)) return true;
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

std::string account_of(const PeerIdentity& peer) {
  return peer.sid.empty() ? "uid " + std::to_string(peer.uid) : peer.sid;
}

Caller make_caller(const PeerIdentity& peer, const AccessConfig& access) {
  return Caller{peer.user, account_of(peer) + ", pid " + std::to_string(peer.pid), resolve_roles(peer, access),
                peer.uid};
}

}  // namespace jitgate
