// The files that the packages of Linux install. Windows has its own: tests/windows/first_configuration_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/config_text.hpp"

namespace jitgate {
namespace {

using ::testing::SizeIs;

const std::string kFolder = JITGATE_CONFIG_FOLDER;

TEST(InstalledConfig, DefaultIsRightAndLocksNothing) {
  const auto config = load_config(kFolder + "/jitgate.yaml");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(*config, Config{});
}

TEST(InstalledConfig, SshExampleLocksPort22) {
  const auto config = load_config(kFolder + "/examples/ssh.yaml");
  ASSERT_TRUE(config) << describe(config.error());
  ASSERT_THAT(config->policy.ports, SizeIs(1));
  EXPECT_EQ(config->policy.ports[0].number.value(), 22);
  EXPECT_TRUE(config->policy.ports[0].require_justification);
}

}  // namespace
}  // namespace jitgate
