// What every GrantStore promises, held to the real one and to the fake that stands in for it.

#include <gmock/gmock.h>

#include <boost/asio/detached.hpp>

#include "grant_store_contract.hpp"
#include "tests/unit/store/load_all.hpp"

namespace jitgate::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(GrantStoreContract, BeginsEmpty) {
  const auto state = load_all(*store_);
  ASSERT_TRUE(succeeds(state));
  EXPECT_THAT(state->live, IsEmpty());
  EXPECT_THAT(state->settings, IsEmpty());
  EXPECT_THAT(state->damaged, IsEmpty());
  EXPECT_THAT(audit(), IsEmpty());
  EXPECT_EQ(run(context_, store_->verify_audit({})).value().records(), 0u);
}

TEST_P(GrantStoreContract, GivesBackWhatWasCommitted) {
  StoreChange change = adding(record_of("one"));
  change.settings = {{"enabled", "true"}, {"", ""}};
  change.audit.push_back(event_of("grant.open", "one"));
  ASSERT_TRUE(succeeds(commit(change)));
  const auto state = load_all(*store_);
  ASSERT_TRUE(succeeds(state));
  EXPECT_THAT(state->live, ElementsAre(record_of("one")));
  EXPECT_EQ(state->settings, change.settings);
  EXPECT_THAT(audit(), SizeIs(1));
}

TEST_P(GrantStoreContract, AnIdIsTakenForGood) {
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  EXPECT_TRUE(fails_with(commit(adding(record_of("one"))), errc::conflict, "stored already"));
  const GrantRecord other = record_of("one", {port_of(23, "203.0.113.7", std::chrono::hours(1))});
  EXPECT_TRUE(fails_with(commit(adding(other)), errc::conflict, "other content"));
  ASSERT_TRUE(succeeds(commit(updating("one", ended()))));
  EXPECT_TRUE(fails_with(commit(adding(record_of("one"))), errc::conflict, "never opens again"));
  EXPECT_TRUE(fails_with(commit(adding(other)), errc::conflict, "other content"));
}

TEST_P(GrantStoreContract, TheSameIdTwiceInOneChangeIsAConflict) {
  StoreChange twice = adding(record_of("one"));
  twice.add.push_back(record_of("one"));
  EXPECT_TRUE(fails_with(commit(twice), errc::conflict, "stored already"));
  EXPECT_THAT(ids({.include_ended = true, .requestor = {}}), IsEmpty());
}

TEST_P(GrantStoreContract, AnEndedPortNeverOpensAgain) {
  const GrantRecord two = record_of(
      "two", {port_of(22, "203.0.113.7", std::chrono::hours(1)), port_of(23, "203.0.113.7", std::chrono::hours(1))});
  ASSERT_TRUE(succeeds(commit(adding(two))));
  ASSERT_TRUE(succeeds(commit(updating("two", ended()))));
  EXPECT_TRUE(fails_with(commit(updating("two", two.states[0])), errc::conflict, "never opens again"));
  EXPECT_TRUE(succeeds(commit(updating("two", ended(StatusReason::user_requested)))));
  EXPECT_EQ(load_all(*store_).value().live.at(0).states.at(1), two.states[1]);
}

TEST_P(GrantStoreContract, AStateOfNothingIsRefused) {
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  EXPECT_TRUE(fails_with(commit(updating("two", ended())), errc::not_found, "\"two\""));
  EXPECT_TRUE(fails_with(commit(updating("one", ended(), 1)), errc::not_found, "port 1"));
}

TEST_P(GrantStoreContract, ARecordThatCouldNotBeReadBackIsRefused) {
  GrantRecord unreadable = record_of("one");
  unreadable.document += "x";
  GrantRecord other_document = record_of("one");
  other_document.document = record_of("two").document;
  GrantRecord other_digest = record_of("one");
  other_digest.grant.digest = Digest{};
  GrantRecord stateless = record_of("one");
  stateless.states.clear();
  GrantRecord ended_without_time = record_of("one");
  ended_without_time.states[0].status = Status::revoked;
  GrantRecord open_with_time = record_of("one");
  open_with_time.states[0].ended_at = kStart;
  for (const GrantRecord& record :
       {unreadable, other_document, other_digest, stateless, ended_without_time, open_with_time}) {
    EXPECT_TRUE(fails_with(commit(adding(record)), errc::invalid_argument, "\"one\""));
  }
  EXPECT_THAT(load_all(*store_).value().live, IsEmpty());
}

GrantRecord pending_record(const std::string& id) {
  GrantRecord record =
      record_of(id, {port_of(22, "203.0.113.7", std::chrono::hours(1)), port_of(80, "203.0.113.7", 2h)});
  record.request = R"({"how": "asked"})";
  for (PortState& state : record.states) state.reason = StatusReason::pending;
  return record;
}

/// What the request becomes.
StoreChange approval(const std::string& id) {
  Grant grant = pending_record(id).grant;
  grant.approver = "bob";
  grant.start += 30min;
  for (GrantPort& port : grant.ports) port.end += 30min;
  GrantRecord approved = pending_record(id);
  approved.document = write_grant_document(grant);
  approved.grant = parse_grant_document(approved.document).value();
  approved.request.clear();
  for (PortState& state : approved.states) state = {Status::initiated, StatusReason::none, "boot-2", BootTime(9h), {}};
  StoreChange change;
  change.approve.push_back(std::move(approved));
  return change;
}

TEST_P(GrantStoreContract, APendingRequestIsGivenBackAsOne) {
  ASSERT_TRUE(succeeds(commit(adding(pending_record("one")))));
  EXPECT_THAT(load_all(*store_).value().live, ElementsAre(pending_record("one")));
}

TEST_P(GrantStoreContract, AnApprovedRequestIsAGrantUnderTheSameId) {
  ASSERT_TRUE(succeeds(commit(adding(pending_record("one")))));
  ASSERT_TRUE(succeeds(commit(approval("one"))));
  EXPECT_THAT(load_all(*store_).value().live, ElementsAre(approval("one").approve[0]));
  EXPECT_TRUE(succeeds(commit(updating("one", ended()))));
}

TEST_P(GrantStoreContract, OnlyAPendingRequestIsApproved) {
  EXPECT_TRUE(fails_with(commit(approval("one")), errc::not_found, "\"one\""));
  ASSERT_TRUE(succeeds(commit(adding(pending_record("one")))));
  ASSERT_TRUE(succeeds(commit(approval("one"))));
  EXPECT_TRUE(fails_with(commit(approval("one")), errc::conflict, "\"one\"")) << "twice";
  ASSERT_TRUE(succeeds(commit(adding(pending_record("two")))));
  ASSERT_TRUE(succeeds(commit(updating("two", ended(StatusReason::denied)))));
  EXPECT_TRUE(fails_with(commit(approval("two")), errc::conflict, "\"two\"")) << "denied";
  GrantRecord granted = pending_record("three");
  granted.request.clear();
  ASSERT_TRUE(succeeds(commit(adding(granted))));
  EXPECT_TRUE(fails_with(commit(approval("three")), errc::conflict, "\"three\"")) << "a grant";
}

TEST_P(GrantStoreContract, AFailedChangeLeavesNothing) {
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  StoreChange change = adding(record_of("two"));
  change.update.push_back({"one", 0, ended()});
  change.update.push_back({"three", 0, ended()});
  change.audit.push_back(event_of("grant.open", "two"));
  change.settings["key"] = "value";
  EXPECT_EQ(commit(change).error().code, errc::not_found);
  const LoadedState state = load_all(*store_).value();
  EXPECT_THAT(state.live, ElementsAre(record_of("one")));
  EXPECT_THAT(state.settings, IsEmpty());
  EXPECT_THAT(audit(), IsEmpty());
}

TEST_P(GrantStoreContract, FindsGrantsNewestFirst) {
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  ASSERT_TRUE(succeeds(commit(adding(record_of("two", {port_of(22, "203.0.113.8", std::chrono::hours(1))}, "bob")))));
  ASSERT_TRUE(succeeds(commit(adding(record_of("three")))));
  ASSERT_TRUE(succeeds(commit(updating("three", ended()))));
  EXPECT_THAT(ids({}), ElementsAre("two", "one"));
  EXPECT_THAT(ids({.include_ended = true, .requestor = {}}), ElementsAre("three", "two", "one"));
  EXPECT_THAT(ids({.include_ended = true, .requestor = "alice"}), ElementsAre("three", "one"));
  EXPECT_THAT(ids({.include_ended = true, .requestor = {}, .limit = 2}), ElementsAre("three", "two"));
  EXPECT_THAT(ids({.include_ended = true, .requestor = {}, .limit = 0}), IsEmpty());
  EXPECT_THAT(ids({.include_ended = true, .requestor = "' OR 1=1 --"}), IsEmpty());
}

TEST_P(GrantStoreContract, ForgetsAnEndedIdAfterThirtyDays) {
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  ASSERT_TRUE(succeeds(commit(updating("one", ended()))));
  StoreChange month_later;
  month_later.now = kStart + std::chrono::hours(1) + kRememberEnded;
  ASSERT_TRUE(succeeds(commit(month_later)));
  EXPECT_THAT(ids({.include_ended = true, .requestor = {}}), SizeIs(1));
  month_later.now += std::chrono::seconds(1);
  ASSERT_TRUE(succeeds(commit(month_later)));
  EXPECT_THAT(ids({.include_ended = true, .requestor = {}}), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stores, GrantStoreContract, testing::Values(Kind::threaded, Kind::fake),
                         [](const auto& kind) { return kind.param == Kind::threaded ? "Threaded" : "Fake"; });

boost::asio::awaitable<void> note(boost::asio::awaitable<Result<void>> call, std::vector<std::string>& log,
                                  std::string name) {
  auto result = co_await std::move(call);
  log.push_back(name + (result ? " done" : " " + result.error().message));
}

TEST(FakeStore, HoldsCommitsBackInOrder) {
  boost::asio::io_context context;
  FakeStore store(context.get_executor());
  store.hold_commits();
  std::vector<std::string> log;
  for (const char* id : {"one", "two", "three"}) {
    boost::asio::co_spawn(context, note(store.commit(adding(record_of(id))), log, id), boost::asio::detached);
  }
  context.poll();
  EXPECT_THAT(log, IsEmpty());
  EXPECT_EQ(store.waiting_commits(), 3u);
  EXPECT_THAT(store.records(), IsEmpty());
  store.release_commits();
  context.run();
  EXPECT_THAT(log, ElementsAre("one done", "two done", "three done"));
}

TEST(FakeStore, FailsAsToldAndKeepsWhatItHas) {
  boost::asio::io_context context;
  FakeStore store(context.get_executor());
  const Error full = error(errc::store_failed, "the disk is full");
  ASSERT_TRUE(succeeds(run(context, store.commit(adding(record_of("one"))))));
  store.fail_next_commit(full);
  EXPECT_TRUE(fails_with(run(context, store.commit(adding(record_of("two")))), errc::store_failed, "full"));
  EXPECT_TRUE(succeeds(run(context, store.commit(adding(record_of("two"))))));
  store.fail_commits(full);
  EXPECT_TRUE(fails_with(run(context, store.commit(adding(record_of("three")))), errc::store_failed, "full"));
  store.fail_load(full);
  EXPECT_TRUE(fails_with(load_all(store), errc::store_failed, "full"));

  FakeStore after_restart(store, context.get_executor());
  EXPECT_THAT(load_all(after_restart).value().live, SizeIs(2));
}

TEST(FakeStore, FinishesHeldCommitsWhenDestroyed) {
  boost::asio::io_context context;
  auto store = std::make_unique<FakeStore>(context.get_executor());
  store->hold_commits();
  std::vector<std::string> log;
  boost::asio::co_spawn(context, note(store->commit(adding(record_of("one"))), log, "one"), boost::asio::detached);
  context.poll();
  store.reset();
  context.run();
  EXPECT_THAT(log, ElementsAre("one done"));
}

}  // namespace
}  // namespace jitgate::test
