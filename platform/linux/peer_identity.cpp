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

/// Calls a getXXid_r function with a growing buffer (getpwnam_r(3): ERANGE). The name, or nothing where the id has
/// none.
template <class Record, class Lookup>
std::optional<std::string> look_up(Lookup lookup, char* Record::*name) {
  std::vector<char> space(1024);
  while (true) {
    Record record{};
    Record* found = nullptr;
    const int failure = lookup(&record, space.data(), space.size(), &found);
    if (failure == ERANGE && space.size() < kMaxNameRecord) {
      space.resize(space.size() * 2);
    } else if (failure != EINTR) {
      if (failure != 0 || found == nullptr) return std::nullopt;
      return std::string(found->*name);
    }
  }
}

std::string user_name(uid_t uid) {
  const auto lookup = [uid](passwd* record, char* space, std::size_t size, passwd** found) {
    return getpwuid_r(uid, record, space, size, found);
  };
  return look_up<passwd>(lookup, &passwd::pw_name).value_or("uid:" + std::to_string(uid));
}

std::optional<std::string> group_name(gid_t gid) {
  const auto lookup = [gid](group* record, char* space, std::size_t size, group** found) {
    return getgrgid_r(gid, record, space, size, found);
  };
  return look_up<group>(lookup, &group::gr_name);
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

Result<PeerIdentity> identify_peer(int socket) {
  const Result<ucred> credentials = peer_credentials(socket);
  if (!credentials) return credentials.error();
  Result<std::vector<gid_t>> groups = peer_groups(socket);
  if (!groups) return groups.error();
  groups->push_back(credentials->gid);
  std::ranges::sort(*groups);
  const auto repeated = std::ranges::unique(*groups);
  groups->erase(repeated.begin(), repeated.end());

  PeerIdentity peer{user_name(credentials->uid), credentials->uid, credentials->pid, {}};
  for (const gid_t gid : *groups) {
    if (std::optional<std::string> name = group_name(gid)) peer.groups.push_back(std::move(*name));
  }
  return peer;
}

}  // namespace jitgate
