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
    EXPECT_TRUE(eventually([&] { return exposed(22, protocol); })) << port(22, protocol);
    EXPECT_FALSE(exposed(23, protocol)) << port(23, protocol);
  }
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
}

}  // namespace
}  // namespace jitgate::netns
