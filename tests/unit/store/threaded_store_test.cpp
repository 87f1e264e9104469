#include "agent/store/threaded_store.hpp"

#include <gmock/gmock.h>

#include <boost/asio/detached.hpp>
#include <chrono>
#include <thread>

#include "fault_vfs.hpp"
#include "store_fixture.hpp"
#include "tests/unit/store/load_all.hpp"

namespace jitgate::test {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

asio::awaitable<void> collect(asio::awaitable<Result<void>> call, std::vector<Result<void>>& results) {
  auto result = co_await std::move(call);
  results.push_back(std::move(result));
}

class ThreadedStoreTest : public testing::Test {
 protected:
  std::unique_ptr<GrantStore> open() { return make_threaded_store(directory_.path(), context_.get_executor()); }
  void begin(GrantStore& store, StoreChange change) {
    asio::co_spawn(context_, collect(store.commit(std::move(change)), results_), asio::detached);
  }
  Result<void> commit(GrantStore& store, StoreChange change) { return run(context_, store.commit(std::move(change))); }

  ScratchDirectory directory_;
  asio::io_context context_;
  std::vector<Result<void>> results_;
};

TEST_F(ThreadedStoreTest, ManyConcurrentCommitsShareTheirFsyncs) {
  const FaultVfs disk;
  auto store = open();
  ASSERT_TRUE(succeeds(load_all(*store)));
  const std::uint64_t before = FaultVfs::log_syncs;
  constexpr std::size_t kMany = 200;
  for (std::size_t i = 0; i < kMany; ++i) begin(*store, adding(record_of("grant-" + std::to_string(i))));
  context_.run();
  ASSERT_EQ(results_.size(), kMany);
  for (const auto& result : results_) EXPECT_TRUE(succeeds(result));
  EXPECT_GE(FaultVfs::log_syncs - before, 1u);
  // How many the worker finds at a time is up to the scheduler; one each would mean that nothing is shared.
  EXPECT_LT(FaultVfs::log_syncs - before, kMany / 2);
  EXPECT_THAT(load_all(*store).value().live, SizeIs(kMany));
}

TEST_F(ThreadedStoreTest, CommitsAreAppliedInTheOrderOfTheCalls) {
  auto store = open();
  for (int i = 0; i < 50; ++i) {
    begin(*store, adding(record_of("grant-" + std::to_string(i))));
    begin(*store, updating("grant-" + std::to_string(i), ended()));
  }
  context_.run();
  ASSERT_EQ(results_.size(), 100u);
  for (const auto& result : results_) EXPECT_TRUE(succeeds(result));
  EXPECT_THAT(load_all(*store).value().live, IsEmpty());
}

TEST_F(ThreadedStoreTest, AConflictAmongConcurrentCommitsFailsThatOneAlone) {
  auto store = open();
  for (int i = 0; i < 30; ++i) begin(*store, adding(record_of("grant-" + std::to_string(i % 10))));
  context_.run();
  EXPECT_EQ(std::ranges::count_if(results_, [](const auto& result) { return result.has_value(); }), 10);
  for (const auto& result : results_) {
    EXPECT_TRUE(result || result.error().code == errc::conflict);
  }
  EXPECT_THAT(load_all(*store).value().live, SizeIs(10));
}

TEST_F(ThreadedStoreTest, AFailedCommitFailsAllThatShareIt) {
  const FaultVfs disk;
  auto store = open();
  ASSERT_TRUE(succeeds(commit(*store, adding(record_of("before")))));
  FaultVfs::fail_sync = true;
  for (int i = 0; i < 20; ++i) begin(*store, adding(record_of("grant-" + std::to_string(i))));
  context_.restart();
  context_.run();
  ASSERT_EQ(results_.size(), 20u);
  for (const auto& result : results_) EXPECT_TRUE(fails_with(result, errc::store_failed, "cannot commit"));
  FaultVfs::fail_sync = false;
  EXPECT_THAT(load_all(*store).value().live, ElementsAre(record_of("before")));
}

TEST_F(ThreadedStoreTest, ReadsSeeTheCommitsCalledBeforeThem) {
  auto store = open();
  begin(*store, adding(record_of("one")));
  std::optional<std::size_t> seen;
  asio::co_spawn(
      context_, [&]() -> asio::awaitable<void> { seen = (co_await store->grants({})).value().size(); }, asio::detached);
  context_.run();
  EXPECT_EQ(seen, 1u);
}

TEST_F(ThreadedStoreTest, DestructionFinishesWhatWasCalled) {
  auto store = open();
  for (int i = 0; i < 20; ++i) begin(*store, adding(record_of("grant-" + std::to_string(i))));
  std::optional<Result<AuditSpan>> verified;
  asio::co_spawn(
      context_, [&]() -> asio::awaitable<void> { verified = co_await store->verify_audit({}); }, asio::detached);
  // Each coroutine runs up to its wait; the store goes while they wait.
  for (int i = 0; i < 21; ++i) context_.poll_one();
  store.reset();
  context_.run();
  EXPECT_EQ(results_.size(), 20u);
  for (const auto& result : results_) EXPECT_TRUE(succeeds(result));
  EXPECT_TRUE(verified && *verified);
  EXPECT_THAT(load_all(*open()).value().live, SizeIs(20));
}

TEST_F(ThreadedStoreTest, ACallThatStartsAfterDestructionFails) {
  auto store = open();
  auto late = store->commit(adding(record_of("one")));
  auto late_read = store->grants({});
  store.reset();
  EXPECT_TRUE(fails_with(run(context_, std::move(late)), errc::store_failed, "closed"));
  EXPECT_TRUE(fails_with(run(context_, std::move(late_read)), errc::store_failed, "closed"));
  EXPECT_FALSE(std::filesystem::exists(directory_.file("state.db")));
}

TEST_F(ThreadedStoreTest, CoroutinesThatNobodyRunsAnyMoreAreDroppedWithTheirContext) {
  auto context = std::make_unique<asio::io_context>();
  auto store = make_threaded_store(directory_.path(), context->get_executor());
  for (int i = 0; i < 20; ++i) {
    asio::co_spawn(*context, collect(store->commit(adding(record_of("grant-" + std::to_string(i)))), results_),
                   asio::detached);
  }
  for (int i = 0; i < 10; ++i) context->poll_one();
  store.reset();
  context.reset();
  // As many as were begun, less those that finished before, were made durable without anybody to tell.
  EXPECT_THAT(load_all(*open()).value().live, SizeIs(testing::Ge(1u)));
}

TEST_F(ThreadedStoreTest, OpensAgainWhenTheDiskIsMended) {
  write_file(directory_.file("state.db"), std::string(5'000, 'x'));
  auto store = open();
  EXPECT_TRUE(fails_with(load_all(*store), errc::store_failed, "corrupt"));
  EXPECT_TRUE(fails_with(commit(*store, adding(record_of("one"))), errc::store_failed, "corrupt"));
  EXPECT_TRUE(fails_with(run(context_, store->grants({})), errc::store_failed, "corrupt"));
  EXPECT_TRUE(fails_with(run(context_, store->audit({})), errc::store_failed, "corrupt"));
  EXPECT_TRUE(fails_with(run(context_, store->verify_audit({})), errc::store_failed, "corrupt"));
  EXPECT_EQ(read_file(directory_.file("state.db")), std::string(5'000, 'x'));

  std::filesystem::remove(directory_.file("state.db"));
  EXPECT_TRUE(succeeds(commit(*store, adding(record_of("one")))));
  EXPECT_THAT(load_all(*store).value().live, SizeIs(1));
}

TEST_F(ThreadedStoreTest, APageThatIsDamagedElsewhereFailsTheLoadAndLeavesTheFileAlone) {
  {
    auto store = open();
    ASSERT_TRUE(succeeds(commit(*store, adding(record_of("one")))));
  }
  const std::string file = directory_.file("state.db");
  std::int64_t page = 0;
  {
    // Of what no grant is read from.
    auto database = SqliteDatabase::open(file).value();
    page =
        database.query_integer("SELECT rootpage FROM sqlite_schema WHERE name = 'early_revocations'", "test").value();
  }
  std::string content = read_file(file);
  constexpr std::size_t kPage = 4096;
  content.replace(static_cast<std::size_t>(page - 1) * kPage, kPage, kPage, '\x5a');
  write_file(file, content);
  {
    auto store = open();
    std::size_t given = 0;
    const auto loaded = store->load([&given](const std::vector<GrantRecord>& portion) { given += portion.size(); });
    EXPECT_TRUE(fails_with(loaded, errc::store_failed, "corrupt"));
    EXPECT_EQ(given, 1U) << "the check comes last";
    EXPECT_TRUE(fails_with(commit(*store, adding(record_of("two"))), errc::store_failed, "corrupt"));
    EXPECT_TRUE(fails_with(load_all(*store), errc::store_failed, "corrupt"));
  }
  EXPECT_EQ(read_file(file), content);
}

TEST_F(ThreadedStoreTest, ADirectoryThatComesLaterIsFound) {
  auto store = make_threaded_store(directory_.file("later"), context_.get_executor());
  EXPECT_TRUE(fails_with(load_all(*store), errc::store_failed, "no such file"));
  std::filesystem::create_directory(directory_.file("later"));
  EXPECT_TRUE(succeeds(commit(*store, adding(record_of("one")))));
}

TEST_F(ThreadedStoreTest, AFileThatVanishesIsNotPutAnewByAnEmptyOne) {
  auto store = open();
  ASSERT_TRUE(succeeds(commit(*store, adding(record_of("one")))));
  std::error_code held;
  std::filesystem::rename(directory_.file("state.db"), directory_.file("aside"), held);
  if (held) GTEST_SKIP() << "what a process has open cannot vanish here";
  EXPECT_TRUE(fails_with(commit(*store, adding(record_of("two"))), errc::store_failed, "removed or replaced"));
  EXPECT_TRUE(fails_with(commit(*store, adding(record_of("two"))), errc::store_failed, "no such file"));
  EXPECT_FALSE(std::filesystem::exists(directory_.file("state.db")));

  std::filesystem::rename(directory_.file("aside"), directory_.file("state.db"));
  EXPECT_TRUE(succeeds(commit(*store, adding(record_of("two")))));
  EXPECT_THAT(load_all(*store).value().live, SizeIs(2));
}

TEST_F(ThreadedStoreTest, VerifiesALongTrailWhileCommitsGoOn) {
  auto store = open();
  StoreChange many;
  for (int i = 0; i < 5'000; ++i) many.audit.push_back(event_of("step"));
  ASSERT_TRUE(succeeds(commit(*store, many)));
  std::optional<Result<AuditSpan>> verified;
  asio::co_spawn(
      context_, [&]() -> asio::awaitable<void> { verified = co_await store->verify_audit({}); }, asio::detached);
  for (int i = 0; i < 20; ++i) {
    StoreChange one;
    one.audit.push_back(event_of("meanwhile"));
    begin(*store, one);
  }
  context_.restart();
  context_.run();
  ASSERT_TRUE(verified.has_value());
  ASSERT_TRUE(succeeds(*verified));
  EXPECT_GE(verified->value().records(), 5'000u);
  EXPECT_LE(verified->value().records(), 5'020u);
}

}  // namespace
}  // namespace jitgate::test
