#include "platform/linux/socket_owners.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace jitgate {
namespace {

namespace fs = std::filesystem;

bool is_process(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

/// "socket:[4711]"
std::optional<std::uint32_t> socket_inode(std::string_view link) {
  constexpr std::string_view kHead = "socket:[";
  if (!link.starts_with(kHead) || !link.ends_with(']')) return std::nullopt;
  const std::string_view digits = link.substr(kHead.size(), link.size() - kHead.size() - 1);
  std::uint32_t inode = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), inode);
  if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return inode;
}

/// A process names itself, with any bytes: what is not printable ASCII becomes '?'.
std::string name_of(const fs::path& process) {
  std::string name;
  std::ifstream file(process / "comm");
  std::getline(file, name);
  std::ranges::replace_if(
      name, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return name;
}

bool is_denied(const std::error_code& failed) {
  return failed == std::errc::permission_denied || failed == std::errc::operation_not_permitted;
}

/// Its sockets among `inodes`. `denied` is set where they may not be looked at.
std::set<std::uint32_t> sockets_of(const fs::path& process, const std::set<std::uint32_t>& inodes, bool& denied) {
  std::set<std::uint32_t> held;
  std::error_code failed;
  for (fs::directory_iterator at(process / "fd", failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code unreadable;
    const fs::path link = fs::read_symlink(at->path(), unreadable);
    denied = denied || is_denied(unreadable);
    const auto inode = socket_inode(link.native());
    if (inode && inodes.contains(*inode)) held.insert(*inode);
  }
  denied = denied || is_denied(failed);
  return held;
}

}  // namespace

SocketOwners find_socket_owners(const std::set<std::uint32_t>& inodes, const std::string& proc) {
  SocketOwners owners;
  bool denied = false;
  std::error_code failed;
  for (fs::directory_iterator at(proc, failed), end; !failed && at != end; at.increment(failed)) {
    if (!is_process(at->path().filename().native())) continue;
    const auto held = sockets_of(at->path(), inodes, denied);
    if (held.empty()) continue;
    const std::string name = name_of(at->path());
    if (name.empty()) continue;
    for (const std::uint32_t inode : held) owners.names[inode].insert(name);
  }
  owners.all_readable = !failed && !denied;
  return owners;
}

}  // namespace jitgate
