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

/// The firewall of another operating system than this one.
std::string foreign_backend() {
  return native_backend() == BackendKind::wfp ? "nftables" : "wfp";
}

INSTANTIATE_TEST_SUITE_P(Keys, Unsupported,
                         ::testing::Values(UnsupportedCase{enforcement("backend: " + foreign_backend()),
                                                           "3:49: enforcement.backend"}));

TEST(HardGrants, AreForTheWindowsFilteringPlatform) {
  const auto config = parse_config(enforcement("grants: hard"), "j.yaml");
  EXPECT_EQ(config.has_value(), native_backend() == BackendKind::wfp);
  if (!config) {
    EXPECT_THAT(describe(config.error()), HasSubstr("enforcement.grants: grants are hard or soft with the Windows"));
  }
  const auto dry = parse_config(enforcement("backend: none, grants: hard"), "j.yaml");
  ASSERT_TRUE(dry) << describe(dry.error());
  EXPECT_TRUE(dry->hard_grants);
  EXPECT_FALSE(parse_config(enforcement("backend: none, grants: firm"), "j.yaml"));
}

TEST(WindowsFilteringPlatform, IsNotAskedForWhatItCannotDo) {
  for (const char* key :
       {"existingRules: honor", "denyAction: reject", "forwarded: true", "ownTable: on", "mark: {mask: 0x7f000000}"}) {
    const std::string yaml = "version: 1\npolicy: {ports: []}\nenforcement: {" + std::string(key) + "}\n";
    EXPECT_EQ(parse_config(yaml, "j.yaml").has_value(), native_backend() != BackendKind::wfp) << key;
  }
  const auto config = parse_config("version: 1\npolicy: {ports: []}\n", "j.yaml");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->existing_rules,
            native_backend() == BackendKind::wfp ? ExistingRules::override : ExistingRules::honor);
}

TEST(UnsupportedBesideWrong, IsAnInvalidConfiguration) {
  const auto config = parse_config(enforcement("backend: " + foreign_backend()) + "extra: 1\n", "j.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, errc::invalid_argument);
  EXPECT_THAT(config.error().details, SizeIs(2));
}

}  // namespace
}  // namespace jitgate
