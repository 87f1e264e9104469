// A request that is sent again because its answer was lost.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class RepeatedRequest : public AgentRig {
 protected:
  static AccessRequest marked(const std::string& id, std::string_view source = kPeer, int number = 22) {
    auto asked = ask(source, number, 1h);
    asked.client_request = ClientRequest{id, sha256(source)};
    return asked;
  }
  Result<GrantReceipt> send(const std::string& id, std::string_view source = kPeer, Caller caller = requester()) {
    return call(agent().request(std::move(caller), marked(id, source)));
  }
};

TEST_F(RepeatedRequest, GetsTheFirstOnesReceipt) {
  start();
  const auto first = send("a").value();
  pass(9min);
  const auto second = send("a").value();
  EXPECT_EQ(second.record, first.record);
  EXPECT_EQ(disk_.records().size(), 1u);
  EXPECT_EQ(count_audited("grant.open"), 1u);
}

TEST_F(RepeatedRequest, WithAnotherBodyIsRefused) {
  start();
  ASSERT_TRUE(send("a"));
  EXPECT_EQ(send("a", kStranger).error().code, errc::conflict);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(count_audited("grant.open", "Refused"), 1u);
}

TEST_F(RepeatedRequest, OfAnotherCallerIsAnother) {
  start();
  const auto first = send("a").value();
  const auto other = send("a", kStranger, requester("other")).value();
  EXPECT_NE(other.record.grant.id, first.record.grant.id);
}

TEST_F(RepeatedRequest, IsForgottenAfterTenMinutes) {
  start();
  const auto first = send("a").value();
  pass(10min);
  EXPECT_EQ(send("a").value().record.grant.id, first.record.grant.id);
  pass(1s);
  EXPECT_NE(send("a").value().record.grant.id, first.record.grant.id);
}

TEST_F(RepeatedRequest, ThatWasRefusedIsJudgedAgain) {
  start();
  store().fail_next_commit(kDiskFull);
  EXPECT_EQ(send("a").error().code, errc::store_failed);
  EXPECT_TRUE(send("a"));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(RepeatedRequest, WaitsForTheFirst) {
  start();
  store().hold_commits();
  const auto first = begin(agent().request(requester(), marked("a")));
  const auto second = begin(agent().request(requester(), marked("a")));
  EXPECT_FALSE(*first || *second);
  store().release_commits();
  poll();
  ASSERT_TRUE(*first && **first && *second && **second);
  EXPECT_EQ((*first)->value().record, (*second)->value().record);
  EXPECT_EQ(disk_.records().size(), 1u);
}

TEST_F(RepeatedRequest, TakesThePlaceOfAFirstThatFails) {
  start();
  store().hold_commits();
  const auto first = begin(agent().request(requester(), marked("a")));
  const auto second = begin(agent().request(requester(), marked("a")));
  store().fail_next_commit(kDiskFull);
  store().release_commits();
  poll();
  ASSERT_TRUE(*first && *second);
  EXPECT_FALSE(**first);
  EXPECT_TRUE(**second);
  EXPECT_EQ(disk_.records().size(), 1u);
}

TEST_F(RepeatedRequest, CostsNothingOfTheRate) {
  config_.limits.requests_per_minute = 30;
  config_.limits.request_burst = 1;
  start();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(send("a"));
}

TEST_F(RepeatedRequest, OnlySoManyAreRemembered) {
  config_.limits.grants_per_requestor = 1'000'000;
  start();
  const auto repeated = std::make_unique<RepeatedRequests>(process_->context.get_executor(), clock_);
  std::size_t made = 0;
  const auto make = [&made]() -> boost::asio::awaitable<Result<GrantReceipt>> {
    ++made;
    co_return GrantReceipt{};
  };
  const auto send_to = [&](std::size_t i) {
    const RepeatedRequests::Key key("ann", std::to_string(i));
    return call(repeated->once(key, Digest{}, make));
  };
  for (std::size_t i = 0; i <= RepeatedRequests::kMost + 1; ++i) ASSERT_TRUE(send_to(i));
  made = 0;
  ASSERT_TRUE(send_to(RepeatedRequests::kMost + 1));
  EXPECT_EQ(made, 0u);
  ASSERT_TRUE(send_to(0));
  EXPECT_EQ(made, 1u) << "the oldest is forgotten";
}

TEST_F(RepeatedRequest, LargeOnesAreForgottenSooner) {
  start();
  RepeatedRequests repeated(process_->context.get_executor(), clock_);
  int made = 0;
  const auto make = [&made]() -> boost::asio::awaitable<Result<GrantReceipt>> {
    ++made;
    GrantReceipt receipt;
    receipt.record.document.assign(RepeatedRequests::kMostBytes / 2, ' ');
    co_return receipt;
  };
  for (const char* id : {"1", "2", "1", "2", "3", "4", "3", "4"}) {
    const RepeatedRequests::Key key("ann", id);
    ASSERT_TRUE(call(repeated.once(key, Digest{}, make)));
  }
  EXPECT_EQ(made, 4);
  const RepeatedRequests::Key oldest("ann", "1");
  ASSERT_TRUE(call(repeated.once(oldest, Digest{}, make)));
  EXPECT_EQ(made, 5);
}

TEST_F(RepeatedRequest, MayStillBeOnItsWayWhenTheDaemonEnds) {
  start();
  store().hold_commits();
  const auto first = begin(agent().request(requester(), marked("a")));
  const auto second = begin(agent().request(requester(), marked("a")));
  EXPECT_FALSE(agent().settled()) << "a stop waits for it, for a while";
  kill();
  EXPECT_FALSE(*first || *second);
}

TEST_F(RepeatedRequest, OfATokenWithAnAccountsNameIsAnother) {
  start();
  const auto local = call(agent().request(requester(), marked("a"))).value();
  Caller token = requester();
  token.uid.reset();
  const auto network = call(agent().request(token, marked("a"))).value();
  EXPECT_NE(local.record.grant.id, network.record.grant.id);
}

}  // namespace
}  // namespace jitgate
