#include "tests/netns/base_chains.hpp"

#include <sstream>

namespace jitgate::netns {

namespace {

/// The number behind `name`.
std::string number_behind(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size();
  return text.substr(from, text.find_first_not_of("0123456789", from) - from);
}

}  // namespace

std::map<std::string, std::string> base_chains(const Host& host) {
  const std::string tables = host.check({"nft", "-j", "list", "tables", "inet"});
  const std::string table = number_behind(tables, R"("name": "jitgate", "handle": )");
  std::istringstream listing(host.check({"nft", "-a", "list", "table", "inet", "jitgate"}));
  std::map<std::string, std::string> chains;
  std::string name;
  std::string handle;
  for (std::string line; std::getline(listing, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "chain") {
      words >> name;
      handle = line.substr(line.rfind(' ') + 1);
    } else if (first == "type" && line.find(" hook ") != std::string::npos) {
      chains[name] = table + "/" + handle;
    }
  }
  return chains;
}

}  // namespace jitgate::netns
