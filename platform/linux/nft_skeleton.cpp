#include "platform/linux/nft_skeleton.hpp"

namespace jitgate::nft {
namespace {

// Before the usual filter chains (0), after connection tracking (-200): an entry exists when `ct state` looks.
constexpr int kInputPriority = -10;

constexpr const char* kInput = "input";
constexpr const char* kJudge = "judge";
constexpr const char* kAdmit = "admit";

const char* admit_chain(Family family) {
  return family == Family::ipv4 ? "admit4" : "admit6";
}

void add_input(std::vector<Rule>& rules) {
  rules.push_back({kInput, {FromLoopback{}, Accept{}}});
  rules.push_back({kInput, {PortIn{kLockedSet}, Goto{kJudge}}});
}

/// Packets to a locked port. `related` appears nowhere: an expectation of a helper must not open a locked port.
void add_judge(std::vector<Rule>& rules) {
  // A client can keep a connection tracking entry alive and open new connections on it, so a SYN is new whatever
  // tracking says.
  rules.push_back({kJudge, {OpensTcpConnection{}, Goto{kAdmit}}});
  // SCTP and DCCP have no such rule: an INIT or REQUEST on a live entry would ride on it, so each packet needs a grant.
  for (const Transport transport : {Transport::tcp, Transport::udp, Transport::udplite}) {
    rules.push_back({kJudge, {TransportIs{transport}, Established{}, Accept{}}});
  }
  rules.push_back({kJudge, {Goto{kAdmit}}});
}

void add_denial(std::vector<Rule>& rules, DenyAction deny) {
  switch (deny) {
    case DenyAction::audit:
      rules.push_back({kAdmit, {AtMost{5, 20}, Log{"jitgate audit: "}}});
      rules.push_back({kAdmit, {Count{kDeniedCounter}, Accept{}}});
      return;
    case DenyAction::reject:
      rules.push_back({kAdmit, {TransportIs{Transport::tcp}, Count{kDeniedCounter}, RejectWithReset{}}});
      rules.push_back({kAdmit, {Count{kDeniedCounter}, RejectProhibited{}}});
      return;
    case DenyAction::drop:
      break;
  }
  rules.push_back({kAdmit, {Count{kDeniedCounter}, Drop{}}});
}

void add_admit(std::vector<Rule>& rules, const Lock& lock) {
  for (const AddressPrefix& prefix : lock.always_allow) {
    rules.push_back({kAdmit, {SourceIs{prefix}, Accept{}}});
  }
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    rules.push_back({kAdmit, {FamilyIs{family}, Jump{admit_chain(family)}}});
  }
  add_denial(rules, lock.deny);
}

}  // namespace

std::string AllowSet::name() const {
  return std::string(family == Family::ipv4 ? "allow4_" : "allow6_") + std::to_string(length);
}

Set AllowSet::set() const {
  // Behind /0 no bit of the address counts, so it is not part of the key.
  return {name(), length == 0 ? std::nullopt : std::optional(family)};
}

Rule AllowSet::rule() const {
  if (length == 0) return {admit_chain(family), {PortIn{name()}, Accept{}}};
  return {admit_chain(family), {SourceAndPortIn{family, length, name()}, Accept{}}};
}

Ruleset make_ruleset(const Lock& lock, std::span<const AllowSet> sets) {
  Ruleset ruleset;
  ruleset.counters = {kDeniedCounter};
  ruleset.sets.push_back({kLockedSet, std::nullopt});
  ruleset.chains = {{kInput, kInputPriority},
                    {kJudge, std::nullopt},
                    {kAdmit, std::nullopt},
                    {admit_chain(Family::ipv4), std::nullopt},
                    {admit_chain(Family::ipv6), std::nullopt}};
  add_input(ruleset.rules);
  add_judge(ruleset.rules);
  add_admit(ruleset.rules, lock);
  for (const AllowSet& allow : sets) {
    ruleset.sets.push_back(allow.set());
    ruleset.rules.push_back(allow.rule());
  }
  return ruleset;
}

}  // namespace jitgate::nft
