#include "tests/foreign/nft_manager.hpp"

#include <regex>
#include <utility>

namespace jitgate::netns {
namespace {

/// Writes what is admitted into the places of a ruleset: $IPV4 and $IPV6 for the prefixes, $PORTS and $DOORS for the
/// elements of a set of ports, and of protocols and ports.
std::string fill(std::string rules, const Admission& admission) {
  std::string ports;
  std::string doors;
  for (const int port : admission.ports) {
    const auto number = std::to_string(port);
    ports += number + ", ";
    for (const char* protocol : {"tcp", "udp"}) doors.append(protocol).append(" . ").append(number).append(", ");
  }
  rules = std::regex_replace(rules, std::regex("\\$IPV4"), admission.ipv4);
  rules = std::regex_replace(rules, std::regex("\\$IPV6"), admission.ipv6);
  rules = std::regex_replace(rules, std::regex("\\$PORTS"), ports);
  return std::regex_replace(rules, std::regex("\\$DOORS"), doors);
}

constexpr const char* kOneChain = R"(
table inet filter {
  chain input {
    type filter hook input priority filter; policy $POLICY;
    ct state established,related accept
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    ip saddr $IPV4 tcp dport { $PORTS } accept
    ip saddr $IPV4 udp dport { $PORTS } accept
    ip6 saddr $IPV6 tcp dport { $PORTS } accept
    ip6 saddr $IPV6 udp dport { $PORTS } accept
    $LAST
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
  chain output {
    type filter hook output priority filter; policy accept;
  }
}
)";

std::string one_chain(const std::string& policy, const std::string& last) {
  const auto rules = std::regex_replace(kOneChain, std::regex("\\$POLICY"), policy);
  return std::regex_replace(rules, std::regex("\\$LAST"), last);
}

constexpr const char* kByFamily = R"(
table ip filter {
  set doors { type inet_proto . inet_service; elements = { $DOORS }; }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established accept
    iif lo accept
    meta l4proto icmp accept
    ip saddr $IPV4 meta l4proto . th dport @doors counter accept
  }
}
table ip6 filter {
  set doors { type inet_proto . inet_service; elements = { $DOORS }; }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established accept
    iif lo accept
    meta l4proto ipv6-icmp accept
    ip6 saddr $IPV6 meta l4proto . th dport @doors counter accept
  }
}
)";

constexpr const char* kStructured = R"(
table inet host {
  set admins4 { type ipv4_addr; flags interval; elements = { $IPV4 }; }
  set admins6 { type ipv6_addr; flags interval; elements = { $IPV6 }; }
  set doors { type inet_service; elements = { $PORTS }; }
  map by_protocol { type inet_proto : verdict; elements = { tcp : jump tcp_doors, udp : goto udp_doors }; }
  chain tcp_doors {
    tcp dport @doors counter accept
    return
  }
  chain udp_doors {
    udp dport @doors accept
  }
  chain admins {
    meta l4proto vmap @by_protocol
  }
  chain by_source {
    ip saddr @admins4 goto admins
    ip6 saddr @admins6 jump admins
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname vmap { "lo" : accept }
    meta l4proto vmap { icmp : accept, ipv6-icmp : accept }
    jump by_source
  }
}
table inet watch {
  chain early {
    type filter hook input priority filter - 10; policy accept;
    ip saddr 192.0.2.66 drop
    ip saddr 192.0.2.0/24 return
    tcp flags syn limit rate over 100000/second drop
  }
  chain beside {
    type filter hook input priority filter; policy accept;
    counter
  }
  chain empty {
    type filter hook input priority filter + 10; policy accept;
  }
}
table ip older {
  chain input {
    type filter hook input priority filter - 1; policy accept;
    ip protocol icmp accept
    ip saddr $IPV4 accept
  }
}
table ip6 older {
  chain input {
    type filter hook input priority filter - 1; policy accept;
  }
}
)";

bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

/// What the administrator of a ruleset knows and types, with $FAMILY (ip, ip6), $NUMBER (4, 6) and $ADDRESS to be
/// filled in.
struct Commands {
  std::string chain;  ///< Manager::accepting_chain()
  std::string admit;
  std::string ban;  ///< empty: there is no one place for it
  bool accepts_every_port = false;
};

class NftManager final : public Manager {
 public:
  NftManager(const Host& host, const std::string& rules, Commands commands, bool refuses_the_rest = true)
      : Manager(host), commands_(std::move(commands)), refuses_the_rest_(refuses_the_rest) {
    write_text(file_, "#!/usr/sbin/nft -f\nflush ruleset\n" + rules);
  }
  void start() override { host().check({"nft", "-f", file_}); }
  void reload() override { start(); }
  void stop() override { host().check({"nft", "flush", "ruleset"}); }
  [[nodiscard]] bool refuses_the_rest() const override { return refuses_the_rest_; }
  [[nodiscard]] bool accepts_every_port() const override { return commands_.accepts_every_port; }
  [[nodiscard]] bool flushes_other_tables() const override { return true; }
  [[nodiscard]] std::string accepting_chain() const override { return commands_.chain; }
  void admit(const std::string& address) override { type(commands_.admit, address); }
  bool ban(const std::string& address) override {
    if (!commands_.ban.empty()) type(commands_.ban, address);
    return !commands_.ban.empty();
  }

 private:
  void type(std::string command, const std::string& address) const {
    command = std::regex_replace(command, std::regex("\\$FAMILY"), is_ipv6(address) ? "ip6" : "ip");
    command = std::regex_replace(command, std::regex("\\$NUMBER"), is_ipv6(address) ? "6" : "4");
    host().check({"nft", std::regex_replace(command, std::regex("\\$ADDRESS"), address)});
  }
  std::string file_ = scratch().file("nftables.conf");
  Commands commands_;
  bool refuses_the_rest_;
};

/// Replaces its own table and leaves others alone, in one transaction.
class NftTableManager final : public Manager {
 public:
  NftTableManager(const Host& host, const std::string& rules) : Manager(host) {
    write_text(file_, "table inet filter\ndelete table inet filter\n" + rules);
  }
  void start() override { host().check({"nft", "-f", file_}); }
  void reload() override { start(); }
  void stop() override { host().check({"nft", "delete", "table", "inet", "filter"}); }
  [[nodiscard]] std::string accepting_chain() const override { return "inet filter input"; }
  void admit(const std::string& address) override {
    const std::string family = is_ipv6(address) ? "ip6" : "ip";
    host().check({"nft", "insert rule inet filter input " + family + " saddr " + address + " tcp dport 22 accept"});
  }

 private:
  std::string file_ = scratch().file("table.nft");
};

constexpr const char* kAppend = "add rule inet filter input $FAMILY saddr $ADDRESS tcp dport 22 accept";
constexpr const char* kPrepend = "insert rule inet filter input $FAMILY saddr $ADDRESS tcp dport 22 accept";
constexpr const char* kBan = "insert rule inet filter input $FAMILY saddr $ADDRESS drop";

}  // namespace

std::unique_ptr<Manager> make_nft_drop(const Host& host, const Admission& admission) {
  return std::make_unique<NftManager>(host, fill(one_chain("drop", ""), admission),
                                      Commands{"inet filter input", kAppend, kBan});
}

std::unique_ptr<Manager> make_nft_reject(const Host& host, const Admission& admission) {
  const auto rules = one_chain("accept", "reject with icmpx admin-prohibited");
  return std::make_unique<NftManager>(host, fill(rules, admission), Commands{"inet filter input", kPrepend, kBan});
}

std::unique_ptr<Manager> make_nft_accept(const Host& host, const Admission& admission) {
  return std::make_unique<NftManager>(host, fill(one_chain("accept", ""), admission),
                                      Commands{"inet filter input", kAppend, kBan}, false);
}

std::unique_ptr<Manager> make_nft_by_family(const Host& host, const Admission& admission) {
  return std::make_unique<NftManager>(
      host, fill(kByFamily, admission),
      Commands{"ip filter input", "add rule $FAMILY filter input $FAMILY saddr $ADDRESS tcp dport 22 accept", ""});
}

std::unique_ptr<Manager> make_nft_structured(const Host& host, const Admission& admission) {
  return std::make_unique<NftManager>(host, fill(kStructured, admission),
                                      Commands{"inet host input", "add element inet host admins$NUMBER { $ADDRESS }",
                                               "insert rule inet watch early $FAMILY saddr $ADDRESS drop", true});
}

std::unique_ptr<Manager> make_nft_table(const Host& host, const Admission& admission) {
  return std::make_unique<NftTableManager>(host, fill(one_chain("accept", "drop"), admission));
}

}  // namespace jitgate::netns
