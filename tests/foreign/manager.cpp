#include "tests/foreign/manager.hpp"

#include "tests/foreign/listing.hpp"

namespace jitgate::netns {

std::string Manager::listing() const {
  return nft_listing(host_);
}

bool Manager::ban(const std::string& /*address*/) {
  return false;
}

std::ostream& operator<<(std::ostream& out, const ManagerKind& kind) {
  return out << kind.name;
}

}  // namespace jitgate::netns
