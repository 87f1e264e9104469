#include "agent/model/result.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace jitgate {
namespace {

TEST(Error, DescriptionHasTargetMessageAndDetails) {
  Error failure = error(errc::refused, "not allowed", "ports[0]");
  failure.details = {error(errc::refused, "too long", "duration"), error(errc::refused, "too wide")};
  EXPECT_EQ(describe(failure), "ports[0]: not allowed; duration: too long; too wide");
}

TEST(Error, ValueOfAFailureThrowsItsDescription) {
  const Result<int> failed = error(errc::not_found, "no such grant", "id");
  try {
    (void)failed.value();
    FAIL() << "value() of an error must throw";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "id: no such grant");
  }
}

TEST(Error, CodesHaveAzureStyleNames) {
  EXPECT_EQ(to_string(errc::invalid_argument), "InvalidArgument");
  EXPECT_EQ(to_string(errc::system_failed), "SystemFailed");
}

}  // namespace
}  // namespace jitgate
