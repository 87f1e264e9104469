#include "agent/source/directory/spool_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

DeliveredDocument document(const std::string& key, const std::string& text = "{}", const std::string& sig = "s") {
  return {key, text, sig};
}

/// Drives a state as the source does, with entries in memory.
class Spool : public ::testing::Test {
 protected:
  explicit Spool(bool removal_revokes = true) : state_(true, removal_revokes, limits()) {}

  static SpoolLimits limits() {
    SpoolLimits limits;
    limits.documents = 3;
    limits.bytes = 1024;
    return limits;
  }

  void put(const std::string& key, EntryReading reading) {
    entries_[key] = std::move(reading);
    state_.changed(key);
  }
  void remove(const std::string& key) {
    entries_.erase(key);
    state_.changed(key);
  }

  /// All steps until it waits.
  void settle() {
    for (;;) {
      SpoolState::Step step = state_.next(now_);
      if (const auto* wait = std::get_if<SpoolState::Wait>(&step)) {
        until_ = wait->until;
        return;
      }
      answer(step);
    }
  }
  void answer(SpoolState::Step& step) {
    if (const auto* read = std::get_if<SpoolState::Read>(&step)) {
      reads_.push_back(read->key);
      const auto entry = entries_.find(read->key);
      state_.read(read->key, entry == entries_.end() ? EntryReading(EntryAbsent{}) : entry->second, now_);
    } else if (auto* deliver = std::get_if<SpoolState::Deliver>(&step)) {
      deliveries_.push_back(deliver->delivery);
      state_.delivered(taken_, now_);
    } else if (std::holds_alternative<SpoolState::List>(step)) {
      std::vector<std::string> names;
      for (const auto& [key, reading] : entries_) names.push_back(key);
      ++listings_;
      state_.listed(names);
    } else if (!there_) {
      state_.lost("gone", now_);
    } else if (std::holds_alternative<SpoolState::Open>(step)) {
      state_.opened(stamp_, now_);
    } else {
      state_.checked(stamp_, now_);
    }
  }
  /// What the next deliveries have together.
  std::vector<Delivery> take() {
    settle();
    return std::exchange(deliveries_, {});
  }
  static Delivery snapshot(std::vector<DeliveredDocument> documents) { return {true, std::move(documents), {}, {}}; }
  static Delivery change(std::vector<DeliveredDocument> documents, std::vector<std::string> removed = {}) {
    return {false, std::move(documents), std::move(removed), {}};
  }

  SpoolState state_;
  FileStamp stamp_;
  SpoolState::Time now_{1h};
  SpoolState::Time until_{};
  std::map<std::string, EntryReading> entries_;
  std::vector<std::string> reads_;
  std::vector<Delivery> deliveries_;
  std::size_t listings_ = 0;
  bool there_ = true;
  bool taken_ = true;
};

class KeepingSpool : public Spool {
 protected:
  KeepingSpool() : Spool(false) {}
};

TEST_F(Spool, BeginsWithASnapshotHoweverSmall) {
  EXPECT_THAT(take(), ElementsAre(snapshot({})));
  EXPECT_EQ(state_.problem(), std::nullopt);
  EXPECT_EQ(until_, now_ + 5s) << "then it sees that the directory is still there";
}

TEST_F(Spool, DeliversWhatChangesAndNothingTwice) {
  entries_ = {{"a.json", document("a.json")}};
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json")})));
  put("b.json", document("b.json"));
  state_.changed("a.json");
  state_.changed("c.txt");
  EXPECT_THAT(take(), ElementsAre(change({document("b.json")})));
  remove("a.json");
  EXPECT_THAT(take(), ElementsAre(change({}, {"a.json"})));
  remove("a.json");
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(Spool, StartsOverWithAllOfIt) {
  entries_ = {{"a.json", document("a.json")}, {"b.json", document("b.json")}};
  (void)take();
  entries_.erase("a.json");
  state_.start_over();
  EXPECT_THAT(take(), ElementsAre(snapshot({document("b.json")})));
}

TEST_F(Spool, OpensAnewWhatChangesUntold) {
  (void)take();
  entries_ = {{"a.json", document("a.json")}};
  stamp_.changed_ns = 1;
  now_ += 5s;
  EXPECT_THAT(take(), IsEmpty()) << "what tells may be on its way";
  now_ += 5s;
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json")})));
  EXPECT_EQ(state_.problem(), std::nullopt);
  now_ += 20s;
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(listings_, 2U);
}

TEST_F(Spool, ListsNothingThatItWasToldOf) {
  (void)take();
  for (int i = 1; i <= 4; ++i) {
    stamp_.changed_ns = i;
    if (i % 2 == 0) put("a.json", document("a.json", std::to_string(i)));
    now_ += 5s;
    (void)take();
  }
  EXPECT_EQ(listings_, 1U);
}

TEST_F(Spool, ReadsWhatChangesDuringASnapshotAfterIt) {
  entries_ = {{"a.json", document("a.json")}};
  SpoolState::Step step = state_.next(now_);
  while (!std::holds_alternative<SpoolState::Read>(step)) {
    answer(step);
    step = state_.next(now_);
  }
  put("b.json", document("b.json"));
  answer(step);
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json")}), change({document("b.json")})));
}

TEST_F(Spool, ReadsWhatChangesDuringAListing) {
  (void)take();
  state_.start_over();
  SpoolState::Step step = state_.next(now_);
  while (!std::holds_alternative<SpoolState::List>(step)) {
    answer(step);
    step = state_.next(now_);
  }
  entries_ = {{"a.json", document("a.json")}};
  state_.changed("a.json");
  state_.listed({});  // the name came behind the reader's back
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json")})));
}

TEST_F(Spool, WaitsForTheOtherHalfAndReportsItOnceAfterAWhile) {
  entries_ = {{"a.json", EntryWaits{"a has no signature"}}};
  EXPECT_THAT(take(), ElementsAre(snapshot({})));
  EXPECT_EQ(state_.problem(), std::nullopt);
  now_ += 9s;
  settle();
  EXPECT_EQ(state_.problem(), std::nullopt);
  now_ += 1s;
  settle();
  EXPECT_EQ(state_.problem(), "a has no signature");
  put("a.json", document("a.json"));
  EXPECT_THAT(take(), ElementsAre(change({document("a.json")})));
  EXPECT_EQ(state_.problem(), std::nullopt);
}

TEST_F(Spool, TakesBackWhatCannotBeReadAnyMore) {
  entries_ = {{"a.json", document("a.json")}};
  (void)take();
  put("a.json", EntryUnreadable{"a is a symbolic link"});
  EXPECT_THAT(take(), ElementsAre(change({}, {"a.json"})));
  EXPECT_EQ(state_.problem(), "a is a symbolic link");
  remove("a.json");
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(state_.problem(), std::nullopt);
}

TEST_F(Spool, KnowsThatASignatureIsAnotherDocuments) {
  entries_ = {{"a.json", document("a.json", "{\"a\": 1}", "one")}};
  (void)take();
  put("a.json", document("a.json", "{\"a\": 2}", "one"));
  EXPECT_THAT(take(), ElementsAre(change({}, {"a.json"}))) << "its signature is still to come";
  put("a.json", document("a.json", "{\"a\": 2}", "two"));
  EXPECT_THAT(take(), ElementsAre(change({document("a.json", "{\"a\": 2}", "two")})));
}

TEST_F(Spool, LeavesItToTheJudgeWhenNoOtherSignatureComes) {
  entries_ = {{"a.json", document("a.json", "{\"a\": 1}", "one")}};
  (void)take();
  const DeliveredDocument half = document("a.json", "{\"a\": 2}", "one");
  put("a.json", half);
  (void)take();
  now_ += 10s;
  EXPECT_THAT(take(), ElementsAre(change({half})));
  EXPECT_EQ(state_.problem(), std::nullopt);
}

TEST_F(Spool, DeliversEverythingAgainWhereItWasNotTaken) {
  entries_ = {{"a.json", document("a.json")}};
  taken_ = false;
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json")})));
  EXPECT_EQ(until_, now_ + 1s);
  put("b.json", document("b.json"));
  EXPECT_THAT(take(), IsEmpty()) << "not before the pause is over";
  now_ += 1s;
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json"), document("b.json")})));
  EXPECT_EQ(until_, now_ + 2s) << "the pause doubles";
  taken_ = true;
  now_ += 2s;
  EXPECT_THAT(take(), SizeIs(1));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(Spool, LosesNoRemovalToAFailedDelivery) {
  entries_ = {{"a.json", document("a.json")}};
  (void)take();
  taken_ = false;
  remove("a.json");
  EXPECT_THAT(take(), ElementsAre(change({}, {"a.json"})));
  taken_ = true;
  now_ += 1s;
  EXPECT_THAT(take(), ElementsAre(snapshot({})));
}

TEST_F(Spool, KeepsWhatItDeliveredWhileTheDirectoryIsAway) {
  entries_ = {{"a.json", document("a.json")}};
  (void)take();
  there_ = false;
  state_.unsettle();
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(state_.problem(), "gone");
  EXPECT_EQ(until_, now_ + 1s);
  there_ = true;
  now_ += 1s;
  entries_.clear();
  EXPECT_THAT(take(), ElementsAre(snapshot({})));
  EXPECT_EQ(state_.problem(), std::nullopt);
}

TEST_F(Spool, SaysWhatWasTakenAwayBeforeTheDirectoryWas) {
  entries_ = {{"a.json", document("a.json")}};
  (void)take();
  remove("a.json");
  there_ = false;
  state_.unsettle();
  EXPECT_THAT(take(), ElementsAre(change({}, {"a.json"})));
  EXPECT_EQ(state_.problem(), "gone");
}

TEST_F(Spool, ForgetsNothingWhereAnEntryCannotBeLookedAt) {
  entries_ = {{"a.json", document("a.json")}, {"b.json", document("b.json")}};
  (void)take();
  put("a.json", EntryUnknown{"too many open files"});
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(state_.problem(), "too many open files");
  now_ += 1s;
  entries_["a.json"] = document("a.json");
  EXPECT_THAT(take(), ElementsAre(snapshot({document("a.json"), document("b.json")})));
  EXPECT_EQ(state_.problem(), std::nullopt);
}

TEST_F(Spool, HoldsNoMoreThanItsLimitsAndPushesNobodyOut) {
  entries_ = {{"b.json", document("b.json")}, {"c.json", document("c.json")}, {"d.json", document("d.json")}};
  (void)take();
  put("a.json", document("a.json"));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(*state_.problem(), HasSubstr("\"a.json\" is beyond the limit of 3 documents"));
  state_.start_over();
  EXPECT_THAT(take(), ElementsAre(snapshot({document("b.json"), document("c.json"), document("d.json")})));
  put("c.json", document("c.json", std::string(1024, ' '), "other"));
  EXPECT_THAT(take(), ElementsAre(change({}, {"c.json"}))) << "too many bytes";
  put("a.json", document("a.json", "{}", "new"));
  EXPECT_THAT(take(), ElementsAre(change({document("a.json", "{}", "new")})));
}

TEST_F(Spool, ShowsAFewProblemsAndCountsTheRest) {
  for (const char* key : {"a.json", "b.json", "c.json", "d.json", "e.json"}) entries_[key] = EntryUnreadable{key};
  (void)take();
  EXPECT_EQ(state_.problem(), "a.json; b.json; c.json; and 2 more");
}

TEST_F(Spool, ListsInsteadOfRememberingEveryChange) {
  (void)take();
  for (int i = 0; i < 30'000; ++i) state_.changed(std::to_string(i) + ".json");
  entries_ = {{"1.json", document("1.json")}};
  reads_.clear();
  EXPECT_THAT(take(), ElementsAre(snapshot({document("1.json")})));
  EXPECT_EQ(listings_, 2U);
  EXPECT_THAT(reads_, ElementsAre("1.json"));
}

TEST_F(KeepingSpool, WithdrawsNothingForBeingGone) {
  entries_ = {{"a.json", document("a.json")}};
  EXPECT_THAT(take(), ElementsAre(change({document("a.json")}))) << "a snapshot would withdraw what is not in it";
  remove("a.json");
  EXPECT_THAT(take(), IsEmpty());
  state_.start_over();
  EXPECT_THAT(take(), ElementsAre(change({})));
}

}  // namespace
}  // namespace jitgate
