#include "platform/peer_identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace jitgate {
namespace {

/// Largest answer of the name service that is taken: a group with some ten thousand members.
constexpr std::size_t kMaxNameRecord = 1024 * 1024;

/// Calls a getXX_r function with a growing buffer (getpwnam_r(3): ERANGE). What `take` takes of the record; nothing
/// where there is none.
template <class Record, class Lookup, class Take>
auto look_up(Lookup lookup, Take take) -> std::optional<decltype(take(Record{}))> {
  std::vector<char> space(1024);
  while (true) {
    Record record{};
    Record* found = nullptr;
    const int failure = lookup(&record, space.data(), space.size(), &found);
    if (failure == ERANGE && space.size() < kMaxNameRecord) {
      space.resize(space.size() * 2);
    } else if (failure != EINTR) {
      if (failure != 0 || found == nullptr) return std::nullopt;
      return take(*found);
    }
  }
}

std::string user_name(uid_t uid) {
  const auto lookup = [uid](passwd* record, char* space, std::size_t size, passwd** found) {
    return getpwuid_r(uid, record, space, size, found);
  };
  return look_up<passwd>(lookup, [](const passwd& record) { return std::string(record.pw_name); })
      .value_or("uid:" + std::to_string(uid));
}

std::optional<gid_t> group_id(const std::string& name) {
  const auto lookup = [&name](group* record, char* space, std::size_t size, group** found) {
    return getgrnam_r(name.c_str(), record, space, size, found);
  };
  return look_up<group>(lookup, [](const group& record) { return record.gr_gid; });
}

Error failed(const char* option) {
  return error(errc::system_failed, std::strerror(errno), option);
}

Result<ucred> peer_credentials(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return failed("SO_PEERCRED");
  return credentials;
}

/// Supplementary groups as they were at connect(2). The kernel says ERANGE with the size that it needs.
Result<std::vector<gid_t>> peer_groups(int socket) {
  std::vector<gid_t> groups(64);
  while (true) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const bool fits = getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0;
    if (!fits && errno != ERANGE) return failed("SO_PEERGROUPS");
    groups.resize(size / sizeof(gid_t));
    if (fits) return groups;
  }
}

}  // namespace

bool is_user(const PeerIdentity& peer, std::string_view name) {
  return peer.user == name;
}

Result<PeerIdentity> identify_peer(LocalHandle connection, const std::vector<std::string>& groups) {
  const int socket = static_cast<int>(connection);
  const Result<ucred> credentials = peer_credentials(socket);
  if (!credentials) return credentials.error();
  Result<std::vector<gid_t>> ids = peer_groups(socket);
  if (!ids) return ids.error();
  ids->push_back(credentials->gid);

  PeerIdentity peer{user_name(credentials->uid), credentials->uid, credentials->pid, {}};
  for (const std::string& group : groups) {
    const std::optional<gid_t> id = group_id(group);
    if (id && std::ranges::find(*ids, *id) != ids->end()) peer.groups.push_back(group);
  }
  return peer;
}

}  // namespace jitgate
