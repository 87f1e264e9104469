// A policy port that an existing rule leaves open is reported, and one that none leaves open is not.
#include "tests/foreign/foreign_fixture.hpp"

namespace jitgate::netns {
namespace {

class Exposure : public ForeignTest {
 protected:
  /// What the status says of a port, over this protocol.
  [[nodiscard]] boost::json::value port(int number, const std::string& protocol) const {
    const auto status = daemon_.status();
    for (const auto& one : status.at("ports").as_array()) {
      if (one.at("number") == number && text(one, "protocol") == protocol) return one;
    }
    throw std::runtime_error("no such port in the status");
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
  EXPECT_FALSE(exposed(23, "TCP")) << "a grant is no exposure";
  EXPECT_TRUE(all_enter(knocks(admitted_, {22})));
  for (const char* protocol : {"TCP", "UDP"}) {
    EXPECT_TRUE(exposed(22, protocol)) << port(22, protocol);
    EXPECT_FALSE(exposed(23, protocol)) << port(23, protocol);
    const auto said = boost::json::serialize(port(22, protocol).at("exposures"));
    EXPECT_NE(said.find(manager_->accepting_chain()), std::string::npos) << said;
    EXPECT_NE(said.find(admitted_.ipv4), std::string::npos) << said;
    EXPECT_NE(said.find(admitted_.ipv6), std::string::npos) << said;
    EXPECT_EQ(said.find(stranger_.ipv4), std::string::npos) << said;
  }
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
  for (const char* name : {"22/tcp", "22/udp"}) (void)daemon_.json({"acknowledge", "--port", name});
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

}  // namespace
}  // namespace jitgate::netns
