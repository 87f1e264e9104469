#include <gmock/gmock.h>

#include <random>

#include "tests/file_clock.hpp"
#include "tests/unit/source/directory/directory_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace fs = std::filesystem;

class DirectorySourceTest : public DirectoryRig {};

TEST_F(DirectorySourceTest, DeliversASnapshotFirst) {
  put("a.json", envelope(1));
  put("b.json", document(2));
  put("b.json.sig", signature(2));
  put("README", "not a document");
  start();
  run_until_held({{"a.json", document(1)}, {"b.json", document(2)}});
  ASSERT_THAT(sink_->deliveries, SizeIs(1));
  EXPECT_TRUE(sink_->deliveries[0].snapshot);
  EXPECT_EQ(sink_->deliveries[0].documents[1], (DeliveredDocument{"b.json", document(2), signature(2)}));
  EXPECT_GE(sink_->contacts, 1U);
  EXPECT_THAT(sink_->problems, IsEmpty());
}

TEST_F(DirectorySourceTest, NoticesWhatIsPutThereAndTakenAway) {
  start();
  run_until([&] { return !sink_->deliveries.empty(); });
  put("a.json", envelope(1));
  run_until_held({{"a.json", document(1)}});
  write("b.json", envelope(2));
  run_until_held({{"a.json", document(1)}, {"b.json", document(2)}});
  put("a.json", envelope(3));
  run_until_held({{"a.json", document(3)}, {"b.json", document(2)}});
  remove("b.json");
  run_until_held({{"a.json", document(3)}});
  fs::rename(file("a.json"), scratch_.file("elsewhere.json"));
  run_until_held({});
  fs::create_hard_link(scratch_.file("elsewhere.json"), file("c.json"));
  run_until_held({{"c.json", document(3)}});
}

TEST_F(DirectorySourceTest, WaitsForTheOtherHalfOfAPair) {
  limits_.check = 1h;  // it is not this that wakes it
  start();
  write("a.json", document(1));
  run_until_problem("\"a.json\" has no \"a.json.sig\" beside it");
  EXPECT_THAT(held_, IsEmpty());
  EXPECT_THAT(sink_->problems, SizeIs(1)) << "once";
  write("a.json.sig", signature(1));
  run_until_held({{"a.json", document(1)}});
  run_until_problem("");
  put("b.json.sig", signature(2));
  put("b.json", document(2));
  run_until_held({{"a.json", document(1)}, {"b.json", document(2)}});
  remove("a.json.sig");
  run_until_held({{"b.json", document(2)}});
}

TEST_F(DirectorySourceTest, ReadsAFileWhenItIsWritten) {
  start();
  run_until([&] { return !sink_->deliveries.empty(); });
  std::ofstream slow(file("a.json"), std::ios::binary);
  slow << envelope(1).substr(0, 20) << std::flush;
  run_until_problem("\"a.json\" is no whole JSON document");
  slow << envelope(1).substr(20) << std::flush;
  slow.close();
  run_until_held({{"a.json", document(1)}});
  run_until_problem("");
}

TEST_F(DirectorySourceTest, TakesADocumentAloneWhereNoSignatureIsNeeded) {
  start(false);
  put("a.json", document(1));
  run_until_held({{"a.json", document(1)}});
  EXPECT_EQ(sink_->deliveries.back().documents[0].signature, std::nullopt);
}

TEST_F(DirectorySourceTest, WithdrawsNothingWhereRemovalKeeps) {
  put("a.json", envelope(1));
  start(true, false);
  run_until_held({{"a.json", document(1)}});
  remove("a.json");
  put("b.json", envelope(2));
  run_until_held({{"a.json", document(1)}, {"b.json", document(2)}});
  source_->resync();
  const std::size_t before = sink_->deliveries.size();
  run_until([&] { return sink_->deliveries.size() > before; });
  run_until_held({{"a.json", document(1)}, {"b.json", document(2)}});
}

TEST_F(DirectorySourceTest, ReportsWhatCannotBeTrusted) {
  start();
  fs::create_directory(file("folder.json"));
  run_until_problem("\"folder.json\" is not a regular file");
  fs::remove(file("folder.json"));
  run_until_problem("");
  put("a.json", envelope(1));
  run_until_held({{"a.json", document(1)}});
  set_file_access(file("a.json"), FileAccess::others_write);
  run_until_held({});
  EXPECT_THAT(problem(), HasSubstr("may be changed by others"));
  set_file_access(file("a.json"), FileAccess::others_read);
  run_until_held({{"a.json", document(1)}});
  put("huge.json", std::string(4 * 1024 * 1024, ' '));
  run_until_problem("\"huge.json\" is larger than ");
  EXPECT_THAT(problem(), Not(HasSubstr("  ")));
}

TEST_F(DirectorySourceTest, WaitsForItsDirectory) {
  fs::remove(path_);
  start();
  run_until_problem("cannot be opened: ");
  EXPECT_THAT(sink_->deliveries, IsEmpty());
  EXPECT_EQ(sink_->contacts, 0U);
  fs::create_directory(path_);
  put("a.json", envelope(1));
  run_until_held({{"a.json", document(1)}});
  run_until_problem("");
}

TEST_F(DirectorySourceTest, SurvivesAnotherDirectoryInItsPlace) {
  put("a.json", envelope(1));
  start();
  run_until_held({{"a.json", document(1)}});
  fs::rename(path_, scratch_.file("away"));
  run_until([&] { return !problem().empty(); });
  EXPECT_EQ(held_.size(), 1U) << "what cannot be seen is not gone";
  fs::create_directory(path_);
  run_until_held({});
  put("b.json", envelope(2));
  run_until_held({{"b.json", document(2)}});
  fs::remove_all(path_);
  run_until_held({});
  fs::create_directory(path_);
  put("c.json", envelope(3));
  run_until_held({{"c.json", document(3)}});
}

TEST_F(DirectorySourceTest, ReadsNothingOfADirectoryThatOthersMayChange) {
  put("a.json", envelope(1));
  start();
  run_until_held({{"a.json", document(1)}});
  set_directory_access(path_, FileAccess::others_write);
  run_until_problem("may be changed by others");
  put("b.json", envelope(2));
  const std::size_t contacts = sink_->contacts;
  set_directory_access(path_, FileAccess::others_read);
  run_until_held({{"a.json", document(1)}, {"b.json", document(2)}});
  EXPECT_GT(sink_->contacts, contacts);
}

TEST_F(DirectorySourceTest, IsHeardOfAsLongAsItsDirectoryIsThere) {
  start();
  run_until([&] { return sink_->contacts >= 5; });
}

TEST_F(DirectorySourceTest, LooksAtEverythingWhereEventsWereLost) {
  put("a.json", envelope(1));
  start();
  run_until_held({{"a.json", document(1)}});
  const std::size_t before = sink_->deliveries.size();
  tell_({DirectoryChange::Kind::lost});
  run_until([&] { return sink_->deliveries.size() > before; });
  EXPECT_TRUE(sink_->deliveries.back().snapshot);
  EXPECT_EQ(held_.size(), 1U);
}

TEST_F(DirectorySourceTest, DeliversASnapshotAgainWhenAskedOrNotTaken) {
  put("a.json", envelope(1));
  sink_->answer = error(errc::store_failed, "the disk is full");
  taken = [&](std::size_t delivery) { return delivery >= 3; };
  sink_->told = [&] {
    if (sink_->deliveries.size() > 3) sink_->answer = {};
  };
  start();
  run_until_held({{"a.json", document(1)}});
  for (const Delivery& delivery : sink_->deliveries) EXPECT_TRUE(delivery.snapshot);
  const std::size_t before = sink_->deliveries.size();
  source_->resync();
  run_until([&] { return sink_->deliveries.size() > before; });
  EXPECT_TRUE(sink_->deliveries.back().snapshot);
  EXPECT_EQ(sink_->deliveries.back().documents.size(), 1U);
}

TEST_F(DirectorySourceTest, EndsAtOnceAndTellsNothingMore) {
  put("a.json", envelope(1));
  start();
  run_until_held({{"a.json", document(1)}});
  const std::size_t told = sink_->contacts;
  put("b.json", envelope(2));
  source_.reset();
  context_.run();  // returns: nothing is left under way
  EXPECT_THAT(sink_->deliveries, SizeIs(1));
  EXPECT_EQ(sink_->contacts, told);
}

TEST_F(DirectorySourceTest, EndsWhileItTellsOfAProblem) {
  put("a.json", "{}");
  fs::create_directory(file("b.json"));
  sink_->told = [&] {
    if (!sink_->problems.empty()) source_.reset();
  };
  start();
  context_.run();
  EXPECT_THAT(sink_->problems, SizeIs(1));
}

TEST_F(DirectorySourceTest, EndsInTheMiddleOfADelivery) {
  put("a.json", envelope(1));
  sink_->told = [&] {
    if (!sink_->deliveries.empty()) source_.reset();
  };
  start();
  context_.run();
  EXPECT_THAT(sink_->deliveries, SizeIs(1));
}

TEST_F(DirectorySourceTest, TakesThousandsAtOnce) {
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = std::to_string(i) + ".json";
    write(name, envelope(i));
    expected[name] = document(i);
  }
  start();
  run_until_held(expected);
  EXPECT_THAT(sink_->deliveries, SizeIs(1));
  put("one-more.json", envelope(1));
  run_until_problem("\"one-more.json\" is beyond the limit of 10000 documents");
}

TEST_F(DirectorySourceTest, EndsWithNobodyUnawares) {
  sink_->told = [] { throw std::runtime_error("no memory"); };
  start();
  EXPECT_THROW(context_.run(), std::runtime_error);
}

/// Whatever is done to the directory, whatever is lost on the way: the sink holds what is there in the end.
// As on a network file system, of what others do there.
TEST_F(DirectorySourceTest, FindsWhatNobodyTells) {
  is_deaf_ = true;
  start();
  run_until_held({});
  const auto tick = [this] { wait_for_file_clock(path_, scratch_.file("probe")); };
  tick(), put("1.json", envelope(1));
  run_until_held({{"1.json", document(1)}});
  tick(), put("1.json", envelope(2));
  run_until_held({{"1.json", document(2)}});
  tick(), remove("1.json");
  run_until_held({});
  EXPECT_EQ(problem(), "");
}

TEST_F(DirectorySourceTest, HoldsWhatIsThereInTheEnd) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto any = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  std::map<std::size_t, bool> answers;
  taken = [&](std::size_t delivery) { return answers[delivery]; };
  sink_->told = [&] {
    // The answer to the delivery that was just noted.
    const auto [answer, fresh] = answers.try_emplace(sink_->deliveries.size() - 1, any(8) != 0);
    if (fresh && !sink_->deliveries.empty())
      sink_->answer = answer->second ? Result<void>() : error(errc::store_failed, "the disk is full");
  };
  std::map<std::string, std::string> expected;
  start();
  for (int step = 0; step < 600; ++step) {
    const std::string name = std::to_string(any(20)) + ".json";
    const int number = any(1000);
    switch (any(10)) {
      case 0:
        remove(name), remove(name + ".sig");
        expected.erase(name);
        break;
      case 1:
        remove(name + ".sig");
        put(name, document(number));
        put(name + ".sig", signature(number + 1000 * step));
        expected[name] = document(number);
        break;
      case 2:
        if (tell_) tell_({DirectoryChange::Kind::lost});
        break;
      case 3:
        source_->resync();
        break;
      case 4:
        fs::rename(path_, scratch_.file("away"));
        context_.poll();
        fs::rename(scratch_.file("away"), path_);
        break;
      default:
        any(2) == 0 ? put(name, envelope(number)) : write(name, envelope(number));
        expected[name] = document(number);
    }
    if (any(3) == 0) context_.run_one_for(1ms);
  }
  run_until_held(expected);
}

}  // namespace
}  // namespace jitgate
