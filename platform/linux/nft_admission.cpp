#include "platform/linux/nft_admission.hpp"

#include "platform/linux/nft_chains.hpp"

namespace jitgate::nft {
namespace {

Statement match(const AllowSet& set, PortOf port) {
  if (set.length == 0) return PortIn{set.name(), port};
  return SourceAndPortIn{set.family, set.length, set.name(), port};
}

}  // namespace

std::string Lookup::chain(Family family) const {
  return std::string(name) + (family == Family::ipv4 ? "4" : "6");
}

std::vector<Lookup> lookups(const Lock& lock) {
  std::vector<Lookup> places{kAdmit, kAdmitRedirected};
  if (lock.existing_rules == ExistingRules::honor) places.insert(places.end(), {kAdmitLast, kAdmitLastRedirected});
  if (lock.forwarded) places.push_back(kAdmitPublished);
  return places;
}

std::string AllowSet::name() const {
  return std::string(family == Family::ipv4 ? "allow4_" : "allow6_") + std::to_string(length);
}

Set AllowSet::set() const {
  Set set{name(), {KeyField::inet_proto, KeyField::inet_service}, std::nullopt};
  // Behind /0 no bit of the address counts, so it is not part of the key.
  if (length != 0) set.key.insert(set.key.begin(), family == Family::ipv4 ? KeyField::ipv4_addr : KeyField::ipv6_addr);
  return set;
}

std::vector<Rule> AllowSet::rules(const std::vector<Lookup>& places) const {
  std::vector<Rule> rules;
  for (const Lookup& place : places) {
    const std::string chain = place.chain(family);
    if (place.port == PortOf::packet) {
      rules.push_back({chain, {match(*this, place.port), Goto{place.admitted}}});
      continue;
    }
    for (const Transport transport : transports(Protocol::any)) {
      rules.push_back({chain, {TransportIs{transport}, match(*this, place.port), Goto{place.admitted}}});
    }
  }
  return rules;
}

}  // namespace jitgate::nft
