#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct UnsupportedCase {
  std::string yaml;
  std::string where;  ///< "LINE:COLUMN: key"
};

class Unsupported : public ::testing::TestWithParam<UnsupportedCase> {};

TEST_P(Unsupported, IsRefusedAndNeverIgnored) {
  const auto config = parse_config(GetParam().yaml, "j.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, errc::not_supported);
  ASSERT_THAT(config.error().details, SizeIs(1)) << describe(config.error());
  EXPECT_THAT(config.error().details[0].message, StartsWith("j.yaml:" + GetParam().where + ": not supported yet"));
  EXPECT_EQ(config.error().details[0].code, errc::not_supported);
}

std::string enforcement(const std::string& keys) {
  return "version: 1\npolicy: {ports: []}\nenforcement: {existingRules: override, " + keys + "}\n";
}

INSTANTIATE_TEST_SUITE_P(Keys, Unsupported,
                         ::testing::Values(UnsupportedCase{enforcement("backend: wfp"), "3:49: enforcement.backend"}));

TEST(UnsupportedBesideWrong, IsAnInvalidConfiguration) {
  const auto config = parse_config(enforcement("backend: wfp") + "extra: 1\n", "j.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, errc::invalid_argument);
  EXPECT_THAT(config.error().details, SizeIs(2));
}

}  // namespace
}  // namespace jitgate
