// In the chains of iptables the rules of jitgate are such that iptables lists, saves and restores them, and everything
// of its own beside them as before.
#include <sstream>
#include <utility>

#include "tests/foreign/foreign_fixture.hpp"
#include "tests/foreign/listing.hpp"

namespace jitgate::netns {
namespace {

class IptablesSave : public ForeignTest {
 protected:
  void start_both() {
    manager_->start();
    // Chains are then in the order in which they are saved, here and at the end.
    restore(save());
    saved_before_ = iptables_listing(network_.server);
    listed_before_ = manager_->listing();
    daemon_.start();
    (void)grant_everything();
    ASSERT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  }
  /// What iptables-save and ip6tables-save give.
  [[nodiscard]] std::pair<std::string, std::string> save() const {
    return {network_.server.check({"iptables-save"}), network_.server.check({"ip6tables-save"})};
  }
  void restore(const std::pair<std::string, std::string>& saved) const {
    network_.server.check({"iptables-restore"}, saved.first);
    network_.server.check({"ip6tables-restore"}, saved.second);
  }
  /// The lines with (or without) the tag of jitgate.
  static std::vector<std::string> lines(const std::string& saved, bool tagged) {
    std::istringstream all(saved);
    std::vector<std::string> some;
    for (std::string line; std::getline(all, line);) {
      if ((line.find("jitgate") != std::string::npos) == tagged) some.push_back(line);
    }
    return some;
  }
  std::string saved_before_;
  std::string listed_before_;
};

INSTANTIATE_TEST_SUITE_P(With, IptablesSave, ::testing::ValuesIn([] {
                           std::vector<ManagerKind> kinds;
                           for (const auto& kind : manager_kinds()) {
                             const std::string name = kind.name;
                             if (name.starts_with("Iptables") || name == "Ufw") kinds.push_back(kind);
                           }
                           return kinds;
                         }()),
                         manager_name);

TEST_P(IptablesSave, ListsItsOwnRulesUnchangedAndOursAsTheyAre) {
  start_both();
  EXPECT_EQ(lines(iptables_listing(network_.server), false), lines(saved_before_, false));
  EXPECT_FALSE(lines(iptables_listing(network_.server), true).empty());
  for (const std::string command : {"iptables", "ip6tables"}) {
    for (const char* subcommand : {"-S", "-nvL"}) {
      const auto listed = network_.server.exec({command, subcommand});
      EXPECT_EQ(listed.status, 0) << listed.err;
      EXPECT_EQ(listed.err, "");
    }
    const auto saved = network_.server.exec({command + "-save"});
    EXPECT_EQ(saved.status, 0);
    EXPECT_EQ(saved.err, "");
    EXPECT_EQ(saved.out.find("incompatible"), std::string::npos) << saved.out;
    for (const auto& rule : lines(saved.out, true)) {
      EXPECT_NE(rule.find("-m mark --mark"), std::string::npos) << "wider than it is: " << rule;
    }
  }
}

TEST_P(IptablesSave, ARulesetSavedWithOursInItIsRestoredWithoutHarm) {
  start_both();
  const auto tagged = lines(iptables_listing(network_.server), true);
  Siege siege(network_.server, stranger_, {22, 23});
  restore(save());
  EXPECT_TRUE(all_enter_at_last(granted() + knocks(admitted_, {22, 24})));
  EXPECT_TRUE(eventually([&] { return lines(iptables_listing(network_.server), true) == tagged; }))
      << "once each:\n"
      << iptables_listing(network_.server);
  siege.end();
  EXPECT_EQ(siege.entered(), 0U) << "of " << siege.attempts();
  EXPECT_TRUE(lock_and_rules_hold());
  (void)daemon_.json({"disable"});
  EXPECT_EQ(manager_->listing(), listed_before_);
}

TEST_P(IptablesSave, OursRestoredWithoutTheDaemonOpenNothing) {
  start_both();
  const auto saved = save();
  (void)daemon_.json({"disable"});
  restore(saved);
  EXPECT_TRUE(all_enter(knocks(admitted_, {22, 24})));
  EXPECT_TRUE(none_enters(knocks(stranger_, {22, 23, 24}) + granted()));
  (void)daemon_.json({"enable"});
  EXPECT_TRUE(all_enter_at_last(granted()));
  EXPECT_TRUE(lock_and_rules_hold());
  (void)daemon_.json({"disable"});
  EXPECT_EQ(manager_->listing(), listed_before_) << "what was found of an earlier run is gone too";
}

}  // namespace
}  // namespace jitgate::netns
