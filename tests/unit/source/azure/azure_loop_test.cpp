#include "agent/source/azure/azure_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Drives a loop as the source does; Azure, the metadata service and the agent are in memory.
class AzureLoopTest : public ::testing::Test {
 protected:
  /// Everything that is to be done at this time; the names of the steps.
  std::vector<std::string> run() {
    std::vector<std::string> done;
    while (done.size() < 20) {
      AzureLoop::Step step = loop_.next(now_);
      if (const auto* wait = std::get_if<AzureLoop::Wait>(&step)) {
        wait_ = wait->until - now_;
        EXPECT_GT(wait_, Duration::zero());
        return done;
      }
      done.push_back(answer(step));
    }
    return done;
  }
  std::string answer(AzureLoop::Step& step) {
    if (std::holds_alternative<AzureLoop::GetToken>(step)) {
      loop_.got_token(token_, now_);
      return "token";
    }
    if (auto* deliver = std::get_if<AzureLoop::Deliver>(&step)) {
      deliveries_.push_back(std::move(deliver->delivery));
      loop_.delivered(taken_, now_);
      return "deliver";
    }
    const std::string asked_with = loop_.token();
    heard_ = loop_.got_policy(policy_, now_);
    return "policy of " + asked_with;
  }
  std::vector<std::string> run_after(Duration time) {
    now_ += time;
    return run();
  }
  static AzurePolicy policy(const std::string& document) {
    AzurePolicy made;
    made.documents.push_back({document, document, std::nullopt});
    made.ports.emplace();
    return made;
  }

  double jitter_ = 0.5;
  AzureLoop loop_{30s, [this] { return jitter_; }};
  BootTime now_{1h};
  Duration wait_{};
  Result<AzureToken> token_ = AzureToken{"one", 2h};
  AzureAnswer policy_ = policy("a");
  bool taken_ = true;
  bool heard_ = false;
  std::vector<Delivery> deliveries_;
};

TEST_F(AzureLoopTest, AsksAndDeliversWhatChanges) {
  EXPECT_THAT(run(), ElementsAre("token", "policy of one", "deliver"));
  EXPECT_EQ(wait_, Duration(30s));
  EXPECT_TRUE(heard_);
  EXPECT_TRUE(deliveries_.back().snapshot);
  EXPECT_TRUE(deliveries_.back().policy);
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one")) << "the agent knows that";
  policy_ = policy("b");
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one", "deliver"));
  EXPECT_EQ(deliveries_.back().documents[0].key, "b");
  EXPECT_EQ(loop_.problem(), std::nullopt);
}

TEST_F(AzureLoopTest, DoesNotPollInStepWithOthers) {
  jitter_ = 0;
  (void)run();
  EXPECT_EQ(wait_, Duration(27s));
  jitter_ = 0.999;
  (void)run_after(wait_);
  EXPECT_GT(wait_, Duration(32s));
  EXPECT_LT(wait_, Duration(33s));
}

TEST_F(AzureLoopTest, ReplacesItsTokenWellBeforeItsEnd) {
  (void)run();
  EXPECT_THAT(run_after(89min), ElementsAre("policy of one"));
  token_ = AzureToken{"two", 2h};
  EXPECT_THAT(run_after(61s), ElementsAre("token", "policy of two"));
  token_ = AzureToken{"short", 10s};
  EXPECT_THAT(run_after(91min), ElementsAre("token", "policy of short"));
  EXPECT_THAT(run_after(31s), ElementsAre("token", "policy of short"));
}

TEST_F(AzureLoopTest, UsesTheOldTokenWhileNoNewOneComes) {
  (void)run();
  token_ = error(errc::unavailable, "the metadata service answered 429");
  EXPECT_THAT(run_after(100min), ElementsAre("token", "policy of one"));
  EXPECT_EQ(loop_.problem(), std::nullopt);
  EXPECT_THAT(run_after(31min), ElementsAre("token")) << "it has ended";
  EXPECT_EQ(loop_.problem(), "the metadata service answered 429");
  EXPECT_LE(wait_, Duration(5min));
  token_ = AzureToken{"two", 2h};
  EXPECT_THAT(run_after(wait_), ElementsAre("token", "policy of two"));
  EXPECT_EQ(loop_.problem(), std::nullopt);
}

TEST_F(AzureLoopTest, WaitsLongerForATokenEachTime) {
  jitter_ = 0.999;
  token_ = error(errc::unavailable, "the metadata service answered 404");
  std::vector<Duration> waits;
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(run_after(i == 0 ? Duration::zero() : wait_), ElementsAre("token"));
    waits.push_back(wait_);
  }
  EXPECT_TRUE(std::ranges::is_sorted(waits));
  EXPECT_LE(waits.back(), Duration(5min));
  EXPECT_GT(waits.back(), Duration(4min));
  EXPECT_FALSE(heard_);
}

TEST_F(AzureLoopTest, ReadsATokenOfAFileForEachQuestionAndUsesItForNoOther) {
  token_ = AzureToken{"one"};
  EXPECT_THAT(run(), ElementsAre("token", "policy of one", "deliver"));
  token_ = AzureToken{"two"};
  EXPECT_THAT(run_after(30s), ElementsAre("token", "policy of two"));
  token_ = error(errc::not_found, "cannot be read", "/token");
  EXPECT_THAT(run_after(30s), ElementsAre("token"));
  EXPECT_EQ(loop_.problem(), "/token: cannot be read");
}

TEST_F(AzureLoopTest, AsksForAnotherTokenOnceWhereOneIsRefused) {
  (void)run();
  policy_ = AzureTokenRefused{"401"};
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one", "token", "policy of one"));
  EXPECT_EQ(loop_.problem(), "401: also with a new token");
  EXPECT_FALSE(heard_);
  EXPECT_THAT(run_after(wait_), ElementsAre("token", "policy of one")) << "once for each pause";
  policy_ = policy("a");
  EXPECT_THAT(run_after(wait_), ElementsAre("token", "policy of one"));
  EXPECT_EQ(loop_.problem(), std::nullopt);
  policy_ = AzureTokenRefused{"401"};
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one", "token", "policy of one"));
}

TEST_F(AzureLoopTest, WithdrawsTheGrantsOfAPolicyThatIsGoneAndKeepsTheLastPolicy) {
  (void)run();
  policy_ = AzurePolicyGone{"it is gone"};
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one", "deliver"));
  EXPECT_EQ(deliveries_.back(), (Delivery{true, {}, {}, {}}));
  EXPECT_EQ(loop_.problem(), "it is gone");
  EXPECT_TRUE(heard_);
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one"));
}

TEST_F(AzureLoopTest, KeepsEverythingWhereItKnowsNothingNew) {
  (void)run();
  policy_ = AzureFailed{"500"};
  Duration before{};
  jitter_ = 0.999;
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(run_after(i == 0 ? Duration(30s) : wait_), ElementsAre("policy of one"));
    EXPECT_GT(wait_, before);
    before = wait_;
  }
  EXPECT_EQ(loop_.problem(), "500");
  EXPECT_FALSE(heard_);
  policy_ = policy("a");
  EXPECT_THAT(run_after(wait_), ElementsAre("policy of one")) << "as it was delivered";
  EXPECT_EQ(loop_.problem(), std::nullopt);
}

TEST_F(AzureLoopTest, WaitsAsLongAsItIsTold) {
  (void)run();
  policy_ = AzureFailed{"429", Duration(17min)};
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one"));
  EXPECT_EQ(wait_, Duration(17min));
  loop_.resync();
  EXPECT_THAT(run(), IsEmpty()) << "whoever wants it";
  EXPECT_EQ(wait_, Duration(17min));
  policy_ = AzureFailed{"429", Duration(0s)};
  (void)run_after(17min);
  EXPECT_GE(wait_, Duration(1s)) << "but a moment at least";
}

TEST_F(AzureLoopTest, DeliversAgainWhatWasNotTakenWithoutAskingAgain) {
  taken_ = false;
  EXPECT_THAT(run(), ElementsAre("token", "policy of one", "deliver"));
  EXPECT_THAT(run_after(wait_), ElementsAre("deliver"));
  taken_ = true;
  EXPECT_THAT(run_after(wait_), ElementsAre("deliver"));
  EXPECT_THAT(run_after(wait_), ElementsAre("policy of one"));
}

TEST_F(AzureLoopTest, DeliversTheNewestOfWhatWasNotTaken) {
  taken_ = false;
  (void)run();
  policy_ = policy("b");
  jitter_ = 0.999;
  (void)run_after(1s);
  EXPECT_THAT(run_after(30s), ElementsAre("deliver", "policy of one"));
  taken_ = true;
  EXPECT_THAT(run_after(wait_), ElementsAre("deliver"));
  EXPECT_EQ(deliveries_.back().documents[0].key, "b");
}

TEST_F(AzureLoopTest, AsksAtOnceWhereEverythingIsWantedAgain) {
  (void)run();
  loop_.resync();
  EXPECT_THAT(run(), ElementsAre("policy of one", "deliver"));
  EXPECT_THAT(run_after(30s), ElementsAre("policy of one"));
}

TEST_F(AzureLoopTest, ForgetsNoWishThatComesDuringADelivery) {
  (void)run();
  policy_ = policy("b");
  now_ += 30s;
  AzureLoop::Step step = loop_.next(now_);
  (void)answer(step);
  step = loop_.next(now_);
  ASSERT_TRUE(std::holds_alternative<AzureLoop::Deliver>(step));
  loop_.resync();
  (void)answer(step);
  EXPECT_THAT(run(), ElementsAre("policy of one", "deliver"));
}

TEST_F(AzureLoopTest, ShowsAFewProblemsAndCountsTheRest) {
  AzurePolicy faulty = policy("a");
  faulty.problems = {"1", "2", "3", "4", "5"};
  policy_ = faulty;
  (void)run();
  EXPECT_EQ(loop_.problem(), "1; 2; 3; and 2 more");
}

}  // namespace
}  // namespace jitgate
