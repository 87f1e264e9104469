#include "platform/linux/nft_skeleton.hpp"

#include <algorithm>

namespace jitgate::nft {
namespace {

// Entries of dynamic sets are made by packets: they are few by nature, and bounded whatever arrives.
constexpr Set::Dynamic kCounted{4096, 0};
constexpr Set::Dynamic kSources{256, 60 * 60 * 1000};
constexpr Set::Dynamic kAddresses{4096, 60 * 60 * 1000};
constexpr const char* kLeftOver = "left_over";
constexpr const char* kPublishedPorts = "published_redirected";

/// Builds one lock's ruleset. Chains come in two variants, for packets judged by the port that they carry and for those
/// judged by the port that their sender asked for.
class Skeleton {
 public:
  Skeleton(const Lock& lock, MarkBits marks) : lock_(lock), marks_(marks) {}

  Ruleset build(std::span<const AllowSet> sets) {
    ruleset_.counters = {kDeniedCounter};
    ruleset_.sets.push_back({kLockedSet, {KeyField::inet_proto, KeyField::inet_service}, std::nullopt});
    ruleset_.sets.push_back({kDeniedSet, {KeyField::inet_proto, KeyField::inet_service}, kCounted});
    const bool honor = lock_.existing_rules == ExistingRules::honor;
    add_first(honor ? "classify" : "judge");
    if (honor) {
      add_marking("classify", kAdmit);
      add_marking("classify_redirected", kAdmitRedirected);
      add_chain("unlisted_first");
      rule("unlisted_first", {SetMarkBits{marks_.denied() | marks_.chains()}});
    } else {
      add_judgement("judge", "refuse", kAdmit);
      add_judgement("judge_redirected", "refuse_redirected", kAdmitRedirected);
    }
    add_allow();
    honor ? add_last() : add_clearing();
    lock_.forwarded ? add_forwarded() : add_published_count();
    add_pass();
    add_lookups(sets);
    // First, as where they stay and all else is new: the same ruleset is listed in the same way.
    std::ranges::stable_partition(ruleset_.chains, [](const Chain& chain) { return chain.base.has_value(); });
    return std::move(ruleset_);
  }

 private:
  void add_chain(std::string name, std::optional<Attachment> base = std::nullopt) {
    ruleset_.chains.push_back({std::move(name), base});
  }
  void rule(std::string chain, std::vector<Statement> statements) {
    ruleset_.rules.push_back({std::move(chain), std::move(statements)});
  }

  void add_first(const std::string& judge) {
    add_chain(kFirst, Attachment{Hook::input, kFirstPriority});
    // Bits that came with the packet (a connection's mark restored, another program's) say nothing.
    rule(kFirst, {MarkIs{marks_.mask(), 0, false}, ClearMarkBits{marks_.mask()}});
    rule(kFirst, {FromLoopback{}, Accept{}});
    dispatch(kFirst, judge);
  }

  /// To JUDGE by the packet's port; what was redirected also by the port that was asked for, to JUDGE_redirected.
  void dispatch(const std::string& from, const std::string& judge) {
    rule(from, {PortIn{kLockedSet}, Goto{judge}});
    const std::string redirected = from + "_redirected";
    rule(from, {Redirected{}, Goto{redirected}});
    add_chain(redirected);
    for (const Transport transport : transports(Protocol::any)) {
      rule(redirected, {TransportIs{transport}, PortIn{kLockedSet, PortOf::connection}, Goto{judge + "_redirected"}});
    }
  }

  /// `related` appears nowhere: an expectation of a helper must not open a locked port. A client can keep a connection
  /// tracking entry alive and open new connections on it, so a SYN is new whatever tracking says. SCTP and DCCP have no
  /// such rule: an INIT or REQUEST on a live entry would ride on it, so each of their packets needs a grant.
  void established(const std::string& chain, const std::string& unlisted, const Statement& verdict) {
    rule(chain, {OpensTcpConnection{}, Goto{unlisted}});
    for (const Transport transport : {Transport::tcp, Transport::udp, Transport::udplite}) {
      rule(chain, {TransportIs{transport}, Established{}, verdict});
    }
    rule(chain, {Goto{unlisted}});
  }

  void look_up(const std::string& chain, const Lookup& place) {
    for (const AddressPrefix& prefix : lock_.always_allow) rule(chain, {SourceIs{prefix}, Goto{place.admitted}});
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      rule(chain, {FamilyIs{family}, Jump{place.chain(family)}});
    }
  }

  void deny(const std::string& chain, PortOf port, DenyAction how, const Statement& admitted) {
    // In rules of its own: a set that is full ends a rule before its verdict.
    count_each(chain, CountByPort{kDeniedSet, port}, port);
    switch (how) {
      case DenyAction::audit:
        rule(chain, {AtMost{5, 20}, Log{"jitgate audit: "}});
        rule(chain, {Count{kDeniedCounter}, admitted});
        return;
      case DenyAction::reject:
        rule(chain, {TransportIs{Transport::tcp}, Count{kDeniedCounter}, RejectWithReset{}});
        rule(chain, {Count{kDeniedCounter}, RejectProhibited{}});
        return;
      case DenyAction::drop:
        break;
    }
    rule(chain, {Count{kDeniedCounter}, Drop{}});
  }

  /// The lock by itself: established, granted, denied. An established packet pays one look at its connection.
  void add_judgement(const std::string& judge, const std::string& refuse, const Lookup& place) {
    add_chain(judge);
    established(judge, refuse, Accept{});
    add_chain(refuse);
    look_up(refuse, place);
    deny(refuse, place.port, lock_.deny, Accept{});
  }

  /// The lock with the chains of others to come. Who is granted passes them also when they know no connections; who is
  /// merely established is theirs to judge: an administrator's later ban still cuts a live session.
  void add_marking(const std::string& mark, const Lookup& place) {
    add_chain(mark);
    look_up(mark, place);
    established(mark, "unlisted_first", Accept{});
  }

  void add_allow() {
    add_chain(kAllow);
    rule(kAllow, {SetMarkBits{marks_.granted()}, Accept{}});
  }

  void add_clearing() {
    add_chain(kLast, Attachment{Hook::input, kLastPriority});
    if (lock_.deny != DenyAction::audit) add_left_over();
    rule(kLast, {MarkIs{marks_.mask(), 0, false}, Goto{kPass}});
  }

  /// What the first chain left to the last one when it still honoured the rules of others: nobody accepted it, and now
  /// nobody else denies it. Only on locked ports: others may use the same mark elsewhere.
  void add_left_over() {
    add_chain(kLeftOver);
    rule(kLast, {MarkIs{marks_.mask(), marks_.denied() | marks_.chains()}, Jump{kLeftOver}});
    rule(kLeftOver, {FromLoopback{}, Goto{kPass}});
    rule(kLeftOver, {PortIn{kLockedSet}, Count{kDeniedCounter}, Drop{}});
    for (const Transport transport : transports(Protocol::any)) {
      rule(kLeftOver, {TransportIs{transport}, PortIn{kLockedSet, PortOf::connection}, Count{kDeniedCounter}, Drop{}});
    }
  }

  /// After the chains of others: judges again rather than trusting marks that they could have changed.
  void add_last() {
    add_chain(kLast, Attachment{Hook::input, kLastPriority});
    rule(kLast, {FromLoopback{}, Accept{}});
    dispatch(kLast, "final");
    add_final("final", "", kAdmitLast);
    add_final("final_redirected", "_redirected", kAdmitLastRedirected);
    ruleset_.sets.push_back({kExposedSet, {KeyField::inet_proto, KeyField::inet_service, KeyField::mark}, kCounted});
    ruleset_.sets.push_back(
        {kExposedSources4, {KeyField::ipv4_addr, KeyField::inet_proto, KeyField::inet_service}, kSources});
    ruleset_.sets.push_back(
        {kExposedSources6, {KeyField::ipv6_addr, KeyField::inet_proto, KeyField::inet_service}, kSources});
  }

  void add_final(const std::string& judge, const std::string& variant, const Lookup& place) {
    const std::string unlisted = "unlisted" + variant;
    const std::string riding = "riding" + variant;
    const std::string exposed = "exposed" + variant;
    add_chain(judge);
    look_up(judge, place);
    established(judge, unlisted, Goto{kPass});
    add_chain(unlisted);
    // Whoever accepts what is established or related was not asked to open this port, and nothing tells which of their
    // rules it was. So what opens a connection is theirs to accept only where tracking too calls it new.
    rule(unlisted, {OpensTcpConnection{}, Established{}, Goto{riding}});
    rule(unlisted, {Related{}, Goto{riding}});
    // A chain that accepted the packet left its bit cleared; one that never saw it, or came to its end, left it set.
    rule(unlisted,
         {MarkIs{marks_.denied(), marks_.denied()}, MarkIs{marks_.chains(), marks_.chains(), false}, Goto{exposed}});
    deny(unlisted, place.port, lock_.deny, Goto{kPass});
    add_chain(riding);
    // In silence: a SYN that is repeated because its answer is on the way must not be told that it was refused.
    deny(riding, place.port, lock_.deny == DenyAction::audit ? DenyAction::audit : DenyAction::drop, Goto{kPass});
    add_chain(exposed);
    count_each(exposed, CountByPortAndMark{kExposedSet, marks_.chains(), place.port}, place.port);
    count_each(exposed, CountBySource{Family::ipv4, kExposedSources4, place.port}, place.port);
    count_each(exposed, CountBySource{Family::ipv6, kExposedSources6, place.port}, place.port);
    rule(exposed, {Goto{kPass}});
  }

  /// The port of the connection is to be had for one transport at a time.
  void count_each(const std::string& chain, const Statement& counting, PortOf port) {
    if (port == PortOf::packet) return rule(chain, {counting});
    for (const Transport transport : transports(Protocol::any)) rule(chain, {TransportIs{transport}, counting});
  }

  /// Ports that DNAT publishes to containers never reach the input hook. What a container asks of others is not for
  /// this host, although it may be redirected too; but the sets may be full, so only what is known to be so is let go
  /// on.
  void add_forwarded() {
    add_chain(kArriving, Attachment{Hook::prerouting, kArrivingPriority});
    add_chain(kPublished, Attachment{Hook::forward, kFirstPriority});
    rule(kPublished, {Redirected{}, Goto{kPublishedPorts}});
    add_chain(kPublishedPorts);
    add_addresses(Family::ipv4, kHostAddresses4, kElsewhere4);
    add_addresses(Family::ipv6, kHostAddresses6, kElsewhere6);
    add_judgement("judge_published", "refuse_published", kAdmitPublished);
  }

  void add_addresses(Family family, const char* here, const char* elsewhere) {
    const KeyField field = family == Family::ipv4 ? KeyField::ipv4_addr : KeyField::ipv6_addr;
    for (const auto& [set, is_here] : {std::pair(here, true), std::pair(elsewhere, false)}) {
      ruleset_.sets.push_back({set, {field}, kAddresses});
      rule(kArriving, {PortIn{kLockedSet}, ToThisHost{is_here}, NoteDestination{family, set}});
    }
    for (const Transport transport : transports(Protocol::any)) {
      // An address may have come to this host since it was noted as another's.
      for (const auto& asked_for : {AskedForAddressIn{family, here}, AskedForAddressIn{family, elsewhere, false}}) {
        rule(kPublishedPorts, {FamilyIs{family}, TransportIs{transport}, PortIn{kLockedSet, PortOf::connection},
                               asked_for, Goto{"judge_published"}});
      }
    }
  }

  /// While such ports are not locked, they are open: counted, so that the status can say so.
  void add_published_count() {
    ruleset_.sets.push_back({kPublishedSet, {KeyField::inet_proto, KeyField::inet_service}, kCounted});
    add_chain(kPublished, Attachment{Hook::forward, kFirstPriority});
    rule(kPublished, {Redirected{}, Goto{kPublishedPorts}});
    add_chain(kPublishedPorts);
    rule(kPublishedPorts, {Established{}, Accept{}});
    for (const Transport transport : transports(Protocol::any)) {
      rule(kPublishedPorts, {TransportIs{transport}, PortIn{kLockedSet, PortOf::connection},
                             CountByPort{kPublishedSet, PortOf::connection}});
    }
  }

  /// Nothing of the marks goes on: neither to the socket nor, saved by a rule of others, with the connection.
  void add_pass() {
    add_chain(kPass);
    rule(kPass, {ConnectionMarkHas{marks_.mask()}, ClearConnectionMarkBits{marks_.mask()}});
    rule(kPass, {ClearMarkBits{marks_.mask()}, Accept{}});
  }

  void add_lookups(std::span<const AllowSet> sets) {
    const std::vector<Lookup> places = lookups(lock_);
    for (const Lookup& place : places) {
      for (const Family family : {Family::ipv4, Family::ipv6}) add_chain(place.chain(family));
    }
    for (const AllowSet& allow : sets) {
      ruleset_.sets.push_back(allow.set());
      for (Rule& one : allow.rules(places)) ruleset_.rules.push_back(std::move(one));
    }
  }

  const Lock& lock_;
  MarkBits marks_;
  Ruleset ruleset_;
};

}  // namespace

Ruleset make_ruleset(const Lock& lock, MarkBits marks, std::span<const AllowSet> sets) {
  return Skeleton(lock, marks).build(sets);
}

}  // namespace jitgate::nft
