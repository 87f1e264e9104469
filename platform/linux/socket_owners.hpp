#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace jitgate {

struct SocketOwners {
  std::map<std::uint32_t, std::set<std::string>> names;  ///< by inode; `comm` of each process that holds the socket
  bool all_readable = true;  ///< false: the files of some process may not be looked at (proc(5), ptrace(2))
};

/// Who holds these sockets. `proc` is where proc(5) is mounted. Processes that end meanwhile are passed over.
[[nodiscard]] SocketOwners find_socket_owners(const std::set<std::uint32_t>& inodes, const std::string& proc = "/proc");

}  // namespace jitgate
