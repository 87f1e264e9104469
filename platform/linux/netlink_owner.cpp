#include "platform/linux/netlink_owner.hpp"

#include <linux/netlink.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace jitgate {
namespace {

namespace fs = std::filesystem;

std::optional<int> parse_number(const std::string& text) {
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// /proc/net/netlink: "sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode", Eth being the protocol and Pid the port id.
std::optional<std::uint64_t> find_inode(std::uint32_t port_id) {
  std::ifstream table("/proc/thread-self/net/netlink");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string socket;
    std::string groups;
    std::int64_t protocol = 0;
    std::uint64_t port = 0;
    std::uint64_t ignored = 0;
    std::uint64_t inode = 0;
    fields >> socket >> protocol >> port >> groups >> ignored >> ignored >> ignored >> ignored >> ignored >> inode;
    if (fields && protocol == NETLINK_NETFILTER && port == port_id && inode != 0) return inode;
  }
  return std::nullopt;
}

std::optional<int> find_descriptor(const fs::path& process, const std::string& target) {
  std::error_code failed;
  for (fs::directory_iterator it(process / "fd", failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code gone;
    if (fs::read_symlink(it->path(), gone) == target && !gone) return parse_number(it->path().filename());
  }
  return std::nullopt;
}

}  // namespace

Result<NetlinkOwner> find_netlink_owner(std::uint32_t port_id) {
  const std::string what = "netlink socket " + std::to_string(port_id);
  const auto inode = find_inode(port_id);
  if (!inode) return error(errc::not_found, "no such socket in this network namespace", what);
  const std::string target = "socket:[" + std::to_string(*inode) + "]";
  std::error_code failed;
  for (fs::directory_iterator it("/proc", failed), end; !failed && it != end; it.increment(failed)) {
    const auto pid = parse_number(it->path().filename());
    const auto fd = pid ? find_descriptor(it->path(), target) : std::nullopt;
    if (!fd) continue;
    NetlinkOwner owner{*pid, *fd, {}};
    std::ifstream comm(it->path() / "comm");
    std::getline(comm, owner.name);
    return owner;
  }
  return error(errc::not_found, "no process that can be looked into holds it", what);
}

}  // namespace jitgate
