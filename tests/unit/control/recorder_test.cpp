#include "agent/control/recorder.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/fake/fake_store.hpp"
#include "tests/fake/grant_builder.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using Outcome = std::shared_ptr<std::optional<Result<void>>>;

boost::asio::awaitable<void> keep(boost::asio::awaitable<Result<void>> call, Outcome outcome) {
  outcome->emplace(co_await std::move(call));
}

class RecorderTest : public testing::Test {
 protected:
  static StoreChange happened(const std::string& operation, const std::string& outcome = "Succeeded") {
    StoreChange change;
    change.audit.push_back({});
    change.audit.back().operation = operation;
    change.audit.back().outcome = outcome;
    return change;
  }
  void poll() {
    context_.restart();
    context_.poll();
  }
  Outcome commit(StoreChange change) {
    auto outcome = std::make_shared<std::optional<Result<void>>>();
    boost::asio::co_spawn(context_, keep(recorder_.commit(std::move(change)), outcome), boost::asio::detached);
    poll();
    return outcome;
  }
  void retry_after(Duration wait) {
    clock_.advance(wait);
    recorder_.advance();
    poll();
  }
  std::vector<std::string> written() const {
    std::vector<std::string> operations;
    for (const auto& event : store_.audit_trail()) operations.push_back(event.operation);
    return operations;
  }

  const Error disk_full_ = error(errc::store_failed, "the disk is full");
  boost::asio::io_context context_{1};
  ManualClock clock_;
  FakeStore store_{context_.get_executor()};
  std::optional<WallTime> highest_ = clock_.wall_now();
  int rearmed_ = 0;
  Recorder recorder_{context_.get_executor(), store_, clock_, {[this] { return highest_; }, [this] { ++rearmed_; }}};
};

TEST_F(RecorderTest, WritesInOrder) {
  recorder_.record(happened("a"));
  recorder_.record(happened("b"));
  EXPECT_FALSE(recorder_.idle());
  poll();
  EXPECT_EQ(written(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(recorder_.idle());
}

TEST_F(RecorderTest, ACommitDoesNotOvertakeWhatWasRecordedBefore) {
  store_.hold_commits();
  recorder_.record(happened("a"));
  poll();
  recorder_.record(happened("b"));
  const auto committed = commit(happened("c"));
  recorder_.record(happened("d"));
  EXPECT_FALSE(*committed);
  store_.release_commits();
  poll();
  ASSERT_TRUE(*committed && **committed);
  const auto all = written();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0], "a");
  EXPECT_EQ(all[1], "b");
}

TEST_F(RecorderTest, ACommitDoesNotWaitForWhatIsRecordedLater) {
  store_.hold_commits();
  recorder_.record(happened("a"));
  const auto committed = commit(happened("b"));
  for (int i = 0; i < 50; ++i) recorder_.record(happened("later"));
  store_.release_commits();
  poll();
  ASSERT_TRUE(*committed && **committed);
}

TEST_F(RecorderTest, RefusesACommitWhileOlderChangesCannotBeWritten) {
  store_.fail_commits(disk_full_);
  recorder_.record(happened("a"));
  poll();
  const auto refused = commit(happened("b"));
  ASSERT_TRUE(*refused);
  ASSERT_FALSE(**refused);
  EXPECT_EQ((*refused)->error().code, errc::store_failed);
  EXPECT_EQ(recorder_.problem()->message, disk_full_.message);
}

TEST_F(RecorderTest, ACommitTriesTheBacklogAtOnce) {
  store_.fail_commits(disk_full_);
  recorder_.record(happened("a"));
  poll();
  store_.fail_commits(std::nullopt);
  const auto committed = commit(happened("b"));
  ASSERT_TRUE(*committed && **committed);
  EXPECT_EQ(written(), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(recorder_.problem());
}

TEST_F(RecorderTest, RetriesLaterEachTimeUpToAMinute) {
  store_.fail_commits(disk_full_);
  recorder_.record(happened("a"));
  poll();
  EXPECT_EQ(rearmed_, 1) << "the owner's timer is to be set";
  std::vector<Duration> waits;
  for (int i = 0; i < 9; ++i) {
    waits.push_back(*recorder_.next_event() - clock_.boot_now());
    retry_after(waits.back());
  }
  EXPECT_EQ(waits[0], 1s);
  EXPECT_EQ(waits[1], 2s);
  EXPECT_EQ(waits.back(), 60s);
  store_.fail_commits(std::nullopt);
  retry_after(1min);
  EXPECT_EQ(written(), std::vector<std::string>{"a"});
  EXPECT_EQ(recorder_.next_event(), std::nullopt);
  EXPECT_FALSE(recorder_.problem());
}

TEST_F(RecorderTest, KeepsTheOrderOfWhatComesDuringAFailure) {
  store_.fail_commits(disk_full_);
  recorder_.record(happened("a"));
  poll();
  recorder_.record(happened("b"));
  store_.hold_commits();
  retry_after(1s);
  recorder_.record(happened("c"));
  store_.release_commits();
  poll();
  store_.fail_commits(std::nullopt);
  retry_after(1min);
  EXPECT_EQ(written(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(RecorderTest, AChangeThatIsNeverTakenTakesNoOtherWithIt) {
  auto impossible = happened("impossible");
  PortState state;
  impossible.update.push_back({"nobody", 0, state});
  recorder_.record(happened("a"));
  recorder_.record(impossible);
  recorder_.record(happened("b"));
  poll();
  EXPECT_EQ(written(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(recorder_.idle());
}

TEST_F(RecorderTest, AFailureWhileWritingSinglyLosesNothing) {
  auto impossible = happened("impossible");
  impossible.update.push_back({"nobody", 0, {}});
  recorder_.record(impossible);
  recorder_.record(happened("a"));
  recorder_.record(happened("b"));
  store_.fail_next_commit(error(errc::not_found, "there is no such grant"));
  store_.fail_next_commit(error(errc::not_found, "there is no such grant"));
  store_.fail_next_commit(disk_full_);
  poll();
  EXPECT_TRUE(written().empty());
  retry_after(1s);
  EXPECT_EQ(written(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(RecorderTest, AFullBacklogDropsRefusalsOnly) {
  store_.fail_commits(disk_full_);
  recorder_.record(happened("first"));
  poll();
  for (std::size_t i = 0; i < Recorder::kMaxBacklog; ++i) {
    recorder_.record(happened("refused", "Refused"));
    if (i % 5'000 == 0) retry_after(1min);  // a retry in between makes no room
  }
  recorder_.record(happened("refused", "Refused"));
  recorder_.record(happened("repair"));
  store_.fail_commits(std::nullopt);
  retry_after(1min);
  const auto all = written();
  EXPECT_EQ(all.size(), Recorder::kMaxBacklog + 1);
  EXPECT_EQ(all.back(), "repair") << "what has happened is never dropped";
}

TEST_F(RecorderTest, CarriesTheHighestTimeSeenNotThatOfTheMoment) {
  clock_.advance_wall(-1h);
  recorder_.record(happened("a"));
  poll();
  EXPECT_EQ(store_.settings().at(Recorder::kHighestWallTime), "2026-11-21T18:00:00Z");
}

TEST_F(RecorderTest, WritesNoTimeBeforeThatOfEarlierRunsIsKnown) {
  highest_.reset();
  recorder_.record(happened("a"));
  poll();
  EXPECT_FALSE(store_.settings().contains(Recorder::kHighestWallTime));
}

}  // namespace
}  // namespace jitgate
