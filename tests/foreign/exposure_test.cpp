// A policy port that an existing rule leaves open is reported, and one that none leaves open is not.
#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

/// What the status says of a port, over this protocol.
boost::json::value port_in(const boost::json::value& status, int number, const std::string& protocol) {
  for (const auto& one : status.at("ports").as_array()) {
    if (one.at("number") == number && text(one, "protocol") == protocol) return one;
  }
  throw std::runtime_error("no such port in the status");
}

class Exposure : public ForeignTest {
 protected:
  [[nodiscard]] boost::json::value port(int number, const std::string& protocol) const {
    return port_in(daemon_.status(), number, protocol);
  }
  [[nodiscard]] bool exposed(int number, const std::string& protocol) const {
    const auto found = port(number, protocol);
    const bool is = text(found, "effective") == "exposed";
    EXPECT_EQ(is, !found.at("exposures").as_array().empty()) << found;
    return is;
  }
};
JITGATE_WITH_EVERY_MANAGER(Exposure);

TEST_P(Exposure, IsReportedWhenARuleWasSeenToLetSomebodyIn) {
  manager_->start();
  daemon_.start();
  (void)grant_everything();
  ASSERT_TRUE(all_enter(granted()));
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23})));
  const bool any_port = manager_->accepts_every_port();
  EXPECT_EQ(exposed(23, "TCP"), any_port) << "a grant is no exposure";
  EXPECT_TRUE(all_enter(knocks(admitted_, {22})));
  for (const char* protocol : {"TCP", "UDP"}) {
    EXPECT_TRUE(exposed(22, protocol)) << port(22, protocol);
    EXPECT_EQ(exposed(23, protocol), any_port) << port(23, protocol);
    const auto said = boost::json::serialize(port(22, protocol).at("exposures"));
    EXPECT_NE(said.find(manager_->accepting_chain()), std::string::npos) << said;
    EXPECT_NE(said.find(admitted_.ipv4), std::string::npos) << said;
    EXPECT_NE(said.find(admitted_.ipv6), std::string::npos) << said;
    EXPECT_EQ(said.find(stranger_.ipv4), std::string::npos) << said;
  }
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
  for (const char* name : {"22/tcp", "22/udp"}) (void)daemon_.json({"acknowledge", "--port", name});
  if (any_port) {
    for (const char* name : {"23/tcp", "23/udp"}) (void)daemon_.json({"acknowledge", "--port", name});
  }
  EXPECT_EQ(daemon_.cli({"status"}).status, 0) << "acknowledged";
}

TEST_P(Exposure, IsExplainedAsObservedBesideWhatDecides) {
  manager_->start();
  daemon_.start();
  const auto id = daemon_.request("22/tcp", applicant_.ipv4, "10m");
  ASSERT_TRUE(all_enter({{applicant_, kTcp4, 22}, {admitted_, kTcp4, 22}}));
  const auto explain = [&](const std::string& source) {
    return daemon_.json({"explain", "--source", source, "--port", "22/tcp"});
  };
  const auto granted = explain(applicant_.ipv4);
  EXPECT_EQ(text(granted, "verdict"), "granted") << granted;
  EXPECT_EQ(granted.at("grants").at(0).as_string(), id) << granted;
  const auto locked = explain(stranger_.ipv4);
  EXPECT_EQ(text(locked, "verdict"), "locked") << locked;
  const auto observed = boost::json::serialize(explain(admitted_.ipv4).at("observed"));
  EXPECT_NE(observed.find(manager_->accepting_chain()), std::string::npos) << observed;
  EXPECT_NE(observed.find(admitted_.ipv4), std::string::npos) << observed;
}

struct Written {
  const char* rules;
  bool tcp22, tcp23;  ///< which of them they may open
};

class ExposureByReading : public ForeignScene {
 protected:
  void expect(const Written& one) {
    SCOPED_TRACE(one.rules);
    const auto status = daemon_.status();
    for (const auto& [number, opened] : {std::pair(22, one.tcp22), std::pair(23, one.tcp23)}) {
      const auto port = port_in(status, number, "TCP");
      EXPECT_EQ(text(port, "effective") == "exposed", opened) << port;
    }
  }
};

TEST_F(ExposureByReading, OfNftIsThatOfThePortsThatItsRulesMayAccept) {
  daemon_.start();
  for (const Written& one : std::vector<Written>{
           {"tcp dport 20-22 accept", true, false},
           {"tcp dport != 20-22 accept", false, true},
           {"tcp dport < 23 accept", true, false},
           {"tcp dport { 20-22, 80 } accept", true, false},
           {"tcp dport { 22, 30-40 } accept", true, false},
           {"tcp dport != { 22, 80 } accept", false, true},
           {"tcp sport 1000 tcp dport 22 accept", true, false},
           {"meta l4proto . th dport { tcp . 22, udp . 23 } accept", true, false},
           {"ip saddr . tcp dport { 10.0.0.1 . 22 } accept", true, false},
           {"ip saddr . tcp dport { 10.0.0.0/8 . 20-22 } accept", true, false},
           {"tcp dport . ip saddr { 22 . 10.0.0.1 } accept", true, false},
           {"tcp dport vmap { 20-22 : accept, 23 : drop }", true, false},
           {"ip saddr 10.0.0.0/8 accept", true, true},
           {"ip saddr 10.0.0.0/8 meta l4proto { tcp, udp } accept", true, true},
           {"ip saddr 10.0.0.0/8 meta l4proto { udp, icmp } accept", false, false},
           {"ct state new tcp dport 22 accept", true, false},
           {"ct state established,related accept", false, false},
           {"ct state vmap { established : accept, related : accept, invalid : drop }", false, false},
           {"ct state vmap { established : accept, new : jump more }", true, false},
           {"tcp dport 20-22 jump any", true, false},
           {"iifname vmap { \"lo\" : accept, \"eth0\" : jump more }", true, false},
           {"iif lo accept; iifname \"lo\" accept; meta l4proto icmp accept; ct status dnat accept", false, false},
           {"tcp flags syn tcp option maxseg size 1-500 accept", true, true},
           {"limit rate 5/second accept", true, true},
           {"udp dport 22 accept", false, false}}) {
    std::string rules =
        std::string("table inet f {\n chain any { ip saddr 10.0.0.1 accept; }\n chain more { tcp dport ") +
        "22 accept; }\n chain c { type filter hook input priority 0; " + one.rules + ";\n }\n}\n";
    network_.server.check({"nft", "-f", "-"}, rules);
    expect(one);
    network_.server.check({"nft", "delete", "table", "inet", "f"});
  }
}

TEST_F(ExposureByReading, OfIptablesIsThatOfThePortsThatItsRulesMayAccept) {
  daemon_.start();
  for (const Written& one :
       std::vector<Written>{{"-p tcp --dport 1:22", true, false},
                            {"-p tcp ! --dport 1:22", false, true},
                            {"-p tcp -m multiport --dports 80,10:22", true, false},
                            {"-p tcp -m multiport ! --dports 80,10:22", false, true},
                            {"-p tcp -m multiport --sports 22", true, true},
                            {"-s 10.0.0.0/8", true, true},
                            {"-p tcp -s 10.0.0.0/8 -m conntrack --ctstate NEW --dport 22", true, false},
                            {"-m conntrack --ctstate RELATED,ESTABLISHED", false, false},
                            {"-m conntrack ! --ctstate RELATED,ESTABLISHED", true, true},
                            {"-m state --state ESTABLISHED", false, false},
                            {"-p icmp", false, false},
                            {"-i lo", false, false},
                            {"! -i lo", true, true},
                            {"-p udp --dport 22", false, false}}) {
    const std::string rules =
        "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT " + std::string(one.rules) + " -j ACCEPT\nCOMMIT\n";
    network_.server.check({"iptables-restore"}, rules);
    expect(one);
  }
}

}  // namespace
}  // namespace jitgate::netns
