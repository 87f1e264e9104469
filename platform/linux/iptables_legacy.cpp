#include "platform/linux/iptables_legacy.hpp"

#include <array>
#include <fstream>
#include <utility>

namespace jitgate {
namespace {

/// One table's name a line; there is no such file while nothing of iptables-legacy is loaded.
constexpr std::array<std::pair<const char*, const char*>, 2> kLists{
    {{"ip ", "/proc/thread-self/net/ip_tables_names"}, {"ip6 ", "/proc/thread-self/net/ip6_tables_names"}}};

}  // namespace

std::string iptables_legacy_tables() {
  std::string tables;
  for (const auto& [family, path] : kLists) {
    std::ifstream list(path);
    for (std::string name; std::getline(list, name);) {
      // The others (nat, raw) do not see packets on the input hook.
      if (name != "filter" && name != "mangle" && name != "security") continue;
      tables += (tables.empty() ? "" : ", ") + std::string(family) + name;
    }
  }
  return tables;
}

}  // namespace jitgate
