#include "platform/linux/iptables_legacy.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <vector>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

struct Ipv4 {
  using Info = ipt_getinfo;
  using Entries = ipt_get_entries;
  using Entry = ipt_entry;
  static constexpr const char* kLabel = "ip ";
  /// One table's name a line; there is no such file while nothing of iptables-legacy is loaded.
  static constexpr const char* kLoaded = "/proc/thread-self/net/ip_tables_names";
  static constexpr int kDomain = AF_INET;
  static constexpr int kLevel = IPPROTO_IP;
  static constexpr int kGetInfo = IPT_SO_GET_INFO;
  static constexpr int kGetEntries = IPT_SO_GET_ENTRIES;
};

struct Ipv6 {
  using Info = ip6t_getinfo;
  using Entries = ip6t_get_entries;
  using Entry = ip6t_entry;
  static constexpr const char* kLabel = "ip6 ";
  static constexpr const char* kLoaded = "/proc/thread-self/net/ip6_tables_names";
  static constexpr int kDomain = AF_INET6;
  static constexpr int kLevel = IPPROTO_IPV6;
  static constexpr int kGetInfo = IP6T_SO_GET_INFO;
  static constexpr int kGetEntries = IP6T_SO_GET_ENTRIES;
};

template <class Family>
bool ask(const FileHandle& socket, int option, void* value, std::size_t size) {
  auto length = static_cast<socklen_t>(size);
  return ::getsockopt(socket.get(), Family::kLevel, option, value, &length) == 0;
}

/// The verdict of the entry there, which is a chain's policy; false when it is not accept, or is none.
template <class Family>
bool accepts(const std::vector<std::byte>& entries, std::size_t offset) {
  const std::size_t at = offsetof(typename Family::Entries, entrytable) + offset;
  typename Family::Entry entry;
  if (at + sizeof entry > entries.size()) return false;
  std::memcpy(&entry, &entries[at], sizeof entry);
  xt_standard_target target;
  if (at + entry.target_offset + sizeof target > entries.size()) return false;
  std::memcpy(&target, &entries[at + entry.target_offset], sizeof target);
  return target.verdict == -NF_ACCEPT - 1;
}

/// True unless the table's input chain is known to be empty with policy accept, as it is after a mere listing. Asking
/// for a table that is not loaded would load it.
template <class Family>
bool judges_input(const std::string& table) {
  const FileHandle socket(::socket(Family::kDomain, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  typename Family::Info info{};
  table.copy(info.name, sizeof info.name - 1);
  if (!ask<Family>(socket, Family::kGetInfo, &info, sizeof info)) return true;
  // A chain begins with its first rule, and its policy is the entry that it ends with.
  if (info.hook_entry[NF_INET_LOCAL_IN] != info.underflow[NF_INET_LOCAL_IN]) return true;
  using Entries = typename Family::Entries;
  std::vector<std::byte> entries(sizeof(Entries) + info.size);
  std::memcpy(&entries[offsetof(Entries, name)], info.name, sizeof info.name);
  std::memcpy(&entries[offsetof(Entries, size)], &info.size, sizeof info.size);
  if (!ask<Family>(socket, Family::kGetEntries, entries.data(), entries.size())) return true;
  return !accepts<Family>(entries, info.underflow[NF_INET_LOCAL_IN]);
}

template <class Family>
void add_tables(std::string& tables) {
  std::ifstream list(Family::kLoaded);
  for (std::string name; std::getline(list, name);) {
    // The others (nat, raw) do not see packets on the input hook.
    if (name != "filter" && name != "mangle" && name != "security") continue;
    if (judges_input<Family>(name)) tables += (tables.empty() ? "" : ", ") + (Family::kLabel + name);
  }
}

}  // namespace

std::string iptables_legacy_tables() {
  std::string tables;
  add_tables<Ipv4>(tables);
  add_tables<Ipv6>(tables);
  return tables;
}

}  // namespace jitgate
