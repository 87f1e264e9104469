#include "tests/netns/hub_fixture.hpp"

#include <sstream>

namespace jitgate::netns {

std::set<std::string> HubTest::admitted() const {
  std::set<std::string> sources;
  std::istringstream words(nft({"-nn", "list", "set", "inet", "jitgate", "allow4_32"}).out);
  for (std::string word; words >> word;) {
    if (word.starts_with("10.")) sources.insert(word);
  }
  return sources;
}

}  // namespace jitgate::netns
