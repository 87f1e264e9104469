// What every GrantStore promises of its records and of what was granted.

#include <gmock/gmock.h>

#include "grant_store_contract.hpp"

namespace jitgate::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AuditContract : public GrantStoreContract {};

TEST_P(AuditContract, FindsTheNewestEventsOldestFirst) {
  for (int hour = 0; hour < 4; ++hour) {
    StoreChange change;
    change.audit.push_back(
        event_of("step." + std::to_string(hour), hour % 2 == 0 ? "even" : "", kStart + std::chrono::hours(hour)));
    change.audit.back().sequence = 99;
    ASSERT_TRUE(succeeds(commit(change)));
  }
  const auto sequences = [this](AuditQuery query) {
    std::vector<std::uint64_t> found;
    for (const AuditEvent& event : audit(std::move(query))) found.push_back(event.sequence);
    return found;
  };
  EXPECT_THAT(sequences({}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(sequences({.since = {}, .grant_id = {}, .limit = 2}), ElementsAre(3, 4));
  EXPECT_THAT(sequences({.since = kStart + std::chrono::hours(2), .grant_id = {}}), ElementsAre(3, 4));
  EXPECT_THAT(sequences({.since = {}, .grant_id = "even"}), ElementsAre(1, 3));
  EXPECT_THAT(sequences({.since = kStart + std::chrono::hours(1), .grant_id = "even", .limit = 1}), ElementsAre(3));
  EXPECT_THAT(sequences({.since = {}, .grant_id = ""}), IsEmpty());
  EXPECT_EQ(run(context_, store_->verify_audit({})).value().records(), 4u);
}

TEST_P(AuditContract, FiltersAreAllToBeMet) {
  StoreChange change;
  const auto add = [&](const std::string& caller, const std::string& ports, int hour) {
    change.audit.push_back(event_of("step", "", kStart + std::chrono::hours(hour)));
    change.audit.back().caller = caller;
    change.audit.back().ports = ports;
  };
  add("alice", "22/TCP", 0);
  add("bob", "22/TCP,2222/TCP", 1);
  add("alice", "22/*", 2);
  add("alice", "22/UDP", 3);
  add("alice", "122/TCP,222/TCP", 4);
  ASSERT_TRUE(succeeds(commit(change)));
  const auto sequences = [this](AuditQuery query) {
    std::vector<std::uint64_t> found;
    for (const AuditEvent& event : audit(std::move(query))) found.push_back(event.sequence);
    return found;
  };
  const AuditPort ssh{PortNumber::from(22).value()};
  const AuditPort ssh_tcp{ssh.number, Protocol::tcp};
  const auto hours = [](int count) { return kStart + std::chrono::hours(count); };
  EXPECT_THAT(sequences({.since = {}, .caller = "alice", .grant_id = {}}), ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(sequences({.since = {}, .caller = "Alice", .grant_id = {}}), IsEmpty());
  EXPECT_THAT(sequences({.since = {}, .port = ssh, .grant_id = {}}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(sequences({.since = {}, .port = ssh_tcp, .grant_id = {}}), ElementsAre(1, 2, 3));
  EXPECT_THAT(sequences({.since = {}, .caller = "alice", .port = ssh_tcp, .grant_id = {}}), ElementsAre(1, 3));
  EXPECT_THAT(sequences({.since = {}, .until = hours(2), .grant_id = {}}), ElementsAre(1, 2));
  EXPECT_THAT(sequences({.since = hours(1), .until = hours(4), .caller = "alice", .grant_id = {}}), ElementsAre(3, 4));
  EXPECT_THAT(sequences({.since = {}, .grant_id = {}, .before = 3}), ElementsAre(1, 2));
  EXPECT_THAT(sequences({.since = {}, .caller = "alice", .grant_id = {}, .before = 4, .limit = 1}), ElementsAre(3));
}

TEST_P(AuditContract, PagesLeadToEveryEventOnce) {
  StoreChange change;
  for (int i = 0; i < 5; ++i) change.audit.push_back(event_of("step"));
  ASSERT_TRUE(succeeds(commit(change)));
  std::vector<std::uint64_t> seen;
  AuditQuery query{.since = {}, .grant_id = {}, .limit = 2};
  for (bool more = true; more;) {
    const AuditPage page = run(context_, store_->audit(query)).value();
    for (auto event = page.events.rbegin(); event != page.events.rend(); ++event) seen.push_back(event->sequence);
    more = page.more;
    query.before = page.events.front().sequence;
  }
  EXPECT_THAT(seen, ElementsAre(5, 4, 3, 2, 1));
}

TEST_P(AuditContract, TellsWhatWasGrantedOnEachPort) {
  const auto hour = std::chrono::hours(1);
  auto two_sources = record_of("one", {port_of(22, "203.0.113.7", hour), port_of(22, "203.0.113.8", hour)});
  auto other = record_of("two", {port_of(80, "203.0.113.7", hour)}, "bob");
  auto waits = record_of("three", {port_of(443, "203.0.113.7", hour)});
  waits.request = "{}";
  StoreChange change = adding(two_sources);
  change.add.push_back(other);
  change.add.push_back(waits);
  ASSERT_TRUE(succeeds(commit(change)));
  const auto used = store_->port_use(kStart).value();
  ASSERT_THAT(used, SizeIs(2));
  EXPECT_EQ(used[0].number.value(), 22);
  EXPECT_EQ(used[0].grants, 1u) << "two sources of one request";
  EXPECT_EQ(used[1].requestor, "bob");
  EXPECT_EQ(used[1].last, kStart);
  EXPECT_EQ(used[1].protocol, Protocol::tcp);
  EXPECT_THAT(store_->port_use(kStart + std::chrono::nanoseconds(1)).value(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stores, AuditContract, testing::Values(Kind::threaded, Kind::fake),
                         [](const auto& kind) { return kind.param == Kind::threaded ? "Threaded" : "Fake"; });

}  // namespace
}  // namespace jitgate::test
