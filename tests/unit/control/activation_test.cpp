#include "agent/control/activation.hpp"

#include <filesystem>
#include <fstream>

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class ActivationTest : public testing::Test {
 protected:
  Activation make() { return Activation(state_.path(), runtime_.path(), clock_); }
  ReleaseMarker marker() { return ReleaseMarker(runtime_.path(), clock_); }

  ManualClock clock_;
  ScratchDirectory state_;
  ScratchDirectory runtime_;
};

TEST_F(ActivationTest, IsOnAtFirst) {
  const auto activation = make();
  EXPECT_TRUE(activation.wanted());
  EXPECT_EQ(activation.next_event(), std::nullopt);
}

TEST_F(ActivationTest, IsRememberedOff) {
  ASSERT_TRUE(make().disable());
  EXPECT_FALSE(make().wanted());
  ASSERT_TRUE(make().enable());
  EXPECT_TRUE(make().wanted());
}

TEST_F(ActivationTest, ATrialIsOnForItsTimeAndOffForTheNextStart) {
  auto activation = make();
  ASSERT_TRUE(activation.start_trial(clock_.boot_now() + 1min));
  EXPECT_TRUE(activation.wanted());
  EXPECT_FALSE(make().wanted());
  EXPECT_EQ(activation.next_event(), clock_.boot_now() + 1min);
  EXPECT_FALSE(activation.end_trial());
  clock_.advance(1min);
  EXPECT_FALSE(activation.wanted()) << "the kernel lifted it, whether somebody has noticed or not";
  EXPECT_TRUE(activation.end_trial());
  EXPECT_FALSE(activation.end_trial());
}

TEST_F(ActivationTest, TheCopyForTheEarlyBootCatchesUp) {
  ScratchDirectory boot;
  const auto copied = [&] { return std::filesystem::exists(boot.path() + "/disabled"); };
  ASSERT_TRUE(make().disable());
  Activation(state_.path(), runtime_.path(), clock_, boot.path()).align_copy();
  EXPECT_TRUE(copied());
  ASSERT_TRUE(make().enable());
  Activation(state_.path(), runtime_.path(), clock_, boot.path()).align_copy();
  EXPECT_FALSE(copied());
}

TEST_F(ActivationTest, AConfirmedTrialStays) {
  auto activation = make();
  ASSERT_TRUE(activation.start_trial(clock_.boot_now() + 1min));
  ASSERT_TRUE(activation.enable());
  clock_.advance(1h);
  EXPECT_TRUE(activation.wanted());
  EXPECT_TRUE(make().wanted());
}

TEST_F(ActivationTest, ATrialThatCannotBeRememberedDoesNotBegin) {
  auto activation = make();
  std::filesystem::remove_all(state_.path());
  EXPECT_FALSE(activation.start_trial(clock_.boot_now() + 1min));
  EXPECT_TRUE(activation.wanted()) << "as it was before";
  EXPECT_EQ(activation.trial_ends(), std::nullopt);
}

TEST_F(ActivationTest, HoldsForNowWhenItCannotBeRemembered) {
  auto activation = make();
  std::filesystem::remove_all(state_.path());
  EXPECT_FALSE(activation.disable());
  EXPECT_FALSE(activation.wanted());
}

TEST_F(ActivationTest, AReleaseIsFollowed) {
  auto activation = make();
  ASSERT_TRUE(marker().write(15min));
  EXPECT_FALSE(activation.wanted());
  EXPECT_TRUE(activation.release_changed());
  EXPECT_FALSE(activation.release_changed());
  EXPECT_EQ(activation.next_event(), clock_.boot_now() + 15min);
  clock_.advance(15min);
  EXPECT_TRUE(activation.wanted());
  EXPECT_TRUE(activation.release_changed());
}

TEST_F(ActivationTest, AReleaseEndsWithTheBoot) {
  ASSERT_TRUE(marker().write(15min));
  clock_.set_boot_id("boot-2");
  EXPECT_TRUE(make().wanted());
}

TEST_F(ActivationTest, AnUnreadableReleaseReleasesNothing) {
  for (const std::string& content : {std::string{}, std::string("garbage"), clock_.boot_id(), clock_.boot_id() + " ",
                                     clock_.boot_id() + " x9999999999999999",
                                     clock_.boot_id() + " 99999999999999999999999", clock_.boot_id() + " -5"}) {
    std::ofstream(runtime_.path() + "/released") << content;
    EXPECT_TRUE(make().wanted()) << content;
  }
}

TEST_F(ActivationTest, EnablingEndsARelease) {
  auto activation = make();
  ASSERT_TRUE(marker().write(15min));
  ASSERT_TRUE(activation.enable());
  EXPECT_TRUE(activation.wanted());
  EXPECT_FALSE(activation.release_changed());
}

}  // namespace
}  // namespace jitgate
