#include "platform/windows/account_names.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

using std::chrono::steady_clock;

/// Counts what the system is asked for.
class AccountNamesTest : public testing::Test {
 protected:
  std::optional<Sid> everyone_ = Sid::well_known(WinWorldSid);
  std::string name_ = "Everyone";
  steady_clock::time_point now_{};
  int found_ = 0;
  int named_ = 0;
  AccountNames names_{[this](const std::string&) { return ++found_, everyone_; },
                      [this](const Sid&) { return ++named_, name_; }, [this] { return now_; }};
};

TEST_F(AccountNamesTest, AreAskedForOnceInAWhile) {
  EXPECT_EQ(names_.find("Everyone")->text(), "S-1-1-0");
  EXPECT_EQ(names_.name_of(*everyone_), "Everyone");
  now_ += AccountNames::kKnown - std::chrono::seconds(1);
  EXPECT_EQ(names_.find("Everyone")->text(), "S-1-1-0");
  EXPECT_EQ(names_.name_of(*everyone_), "Everyone");
  EXPECT_EQ(found_, 1);
  EXPECT_EQ(named_, 1);
  now_ += std::chrono::seconds(1);
  EXPECT_TRUE(names_.find("Everyone"));
  EXPECT_EQ(names_.name_of(*everyone_), "Everyone");
  EXPECT_EQ(found_, 2);
  EXPECT_EQ(named_, 2);
}

TEST_F(AccountNamesTest, ThatNobodyHasAreAskedForAgainSooner) {
  const Sid somebody = *everyone_;
  everyone_ = std::nullopt;
  name_ = somebody.text();
  EXPECT_FALSE(names_.find("ann"));
  EXPECT_FALSE(names_.find("ann"));
  EXPECT_EQ(names_.name_of(somebody), "S-1-1-0");
  EXPECT_EQ(names_.name_of(somebody), "S-1-1-0");
  EXPECT_EQ(found_, 1);
  EXPECT_EQ(named_, 1);
  now_ += AccountNames::kUnknown;
  EXPECT_FALSE(names_.find("ann"));
  EXPECT_EQ(names_.name_of(somebody), "S-1-1-0");
  EXPECT_EQ(found_, 2);
  EXPECT_EQ(named_, 2);
}

TEST_F(AccountNamesTest, AreForgottenBeforeTheyAreTooMany) {
  for (std::size_t i = 0; i <= AccountNames::kMost; ++i) EXPECT_TRUE(names_.find("group " + std::to_string(i)));
  EXPECT_TRUE(names_.find("group 0"));
  EXPECT_EQ(found_, static_cast<int>(AccountNames::kMost) + 2);
}

}  // namespace
}  // namespace jitgate
