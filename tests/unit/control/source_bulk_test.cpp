// More grants in one delivery than are opened at once.

#include "tests/unit/control/source_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAtOnce = 500;
constexpr std::size_t kMany = 3 * kAtOnce - 7;

std::string host(std::size_t i) {
  return "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
}

class SourceBulk : public SourceRig {
 protected:
  SourceBulk() {
    config_.limits.grants_per_requestor = 2 * kMany;
    config_.limits.grants_per_source = 2 * kMany;
  }
  void SetUp() override {
    start();
    ASSERT_TRUE(deliver(snapshot({})));
  }
  std::vector<DeliveredDocument> many() {
    std::vector<DeliveredDocument> all;
    for (std::size_t i = 0; i < kMany; ++i) {
      const auto id = "g-" + std::to_string(i);
      all.push_back({id, document(id, host(i), 1h)});
    }
    return all;
  }
};

TEST_F(SourceBulk, AllOfThemOpen) {
  const auto before = store().commits();
  ASSERT_TRUE(deliver(change(many())));
  EXPECT_EQ(kernel_.open_keys().size(), kMany);
  EXPECT_EQ(store().records().size(), kMany);
  EXPECT_EQ(store().commits() - before, 3U) << "some hundred in one transaction";
}

TEST_F(SourceBulk, TheFirstOpenWhileTheNextAreWritten) {
  std::vector<std::pair<std::size_t, std::size_t>> seen;
  firewall().before_commit(
      [&](const FirewallTransaction&) { seen.emplace_back(store().records().size(), store().waiting_commits()); });
  ASSERT_TRUE(deliver(change(many())));
  using Seen = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(seen, (Seen{{kAtOnce, 1}, {2 * kAtOnce, 1}, {kMany, 0}})) << "what is stored, what is being stored";
}

TEST_F(SourceBulk, NothingOpensThatIsNotDurable) {
  store().hold_commits();
  const auto delivered = begin(agent().source_sink("hub")->deliver(change(many())));
  EXPECT_TRUE(kernel_.open_keys().empty());
  store().release_commits();
  poll();
  ASSERT_TRUE(delivered->has_value());
  EXPECT_EQ(kernel_.open_keys().size(), kMany);
}

TEST_F(SourceBulk, WhatWasWrittenBeforeTheDiskFailedIsOpenAndTheRestIsNot) {
  bool first = true;
  firewall().before_commit([&](const FirewallTransaction&) {
    if (std::exchange(first, false)) store().fail_next_commit(error(errc::store_failed, "the disk is full"));
  });
  EXPECT_EQ(deliver(change(many())).error().code, errc::store_failed);
  EXPECT_EQ(kernel_.open_keys().size(), kAtOnce);
  EXPECT_EQ(store().records().size(), kAtOnce);
  ASSERT_TRUE(deliver(snapshot(many())));
  EXPECT_EQ(kernel_.open_keys().size(), kMany) << "a snapshot follows, and nothing was taken for known";
}

TEST_F(SourceBulk, AnIdTwiceFarApartIsOneGrant) {
  auto all = many();
  all.push_back({"again", all.front().document});
  all.push_back({"other", document("g-1", "10.9.9.9", 2h)});
  ASSERT_TRUE(deliver(change(all)));
  EXPECT_EQ(kernel_.open_keys().size(), kMany);
  EXPECT_NE(last_refusal().find("other content"), std::string::npos) << last_refusal();
}

TEST_F(SourceBulk, TheLimitCountsThemAll) {
  config_.limits.grants_per_requestor = kAtOnce + 3;
  restart();
  ASSERT_TRUE(deliver(change(many())));
  EXPECT_EQ(kernel_.open_keys().size(), kAtOnce + 3);
}

TEST_F(SourceBulk, ANewerOneFarBehindReplacesTheOlder) {
  auto all = many();
  clock_.advance(1s);
  all.push_back({"newer", document("newer", host(0), 2h)});
  ASSERT_TRUE(deliver(change(all)));
  EXPECT_EQ(stored_reason("g-0"), StatusReason::newer_request_initiated);
  EXPECT_EQ(kernel_.left({prefix(host(0)), {Transport::tcp, port_number(22)}}), 2h);
  EXPECT_EQ(agent().status().active_grants, kMany);
}

TEST_F(SourceBulk, ANewerOneInTheNextLotReplacesTheOlderInTheSameTransaction) {
  auto all = many();
  all.erase(all.begin() + kAtOnce, all.end());
  clock_.advance(1s);
  all.push_back({"newer", document("newer", host(0), 2h)});
  const auto before = store().commits();
  ASSERT_TRUE(deliver(change(all)));
  EXPECT_EQ(store().commits() - before, 2U);
  EXPECT_EQ(stored_reason("g-0"), StatusReason::newer_request_initiated);
  EXPECT_EQ(count_audited("grant.replace"), 1U);
}

TEST_F(SourceBulk, WhoRenewsAllIsWithinTheLimit) {
  config_.limits.grants_per_requestor = kMany;
  config_.limits.grants_per_source = kMany;
  restart();
  ASSERT_TRUE(deliver(snapshot(many())));
  clock_.advance(1s);
  std::vector<DeliveredDocument> renewed;
  for (std::size_t i = 0; i < kMany; ++i) {
    renewed.push_back({"r-" + std::to_string(i), document("r-" + std::to_string(i), host(i), 2h)});
  }
  ASSERT_TRUE(deliver(snapshot(renewed)));
  EXPECT_EQ(kernel_.open_keys().size(), kMany);
  EXPECT_EQ(count_audited("grant.open", "Refused"), 0U);
}

TEST_F(SourceBulk, OnlyOneTakesThePlaceOfAnother) {
  config_.limits.grants_per_requestor = 1;
  restart();
  ASSERT_TRUE(deliver(change({{"first", document("first", host(0), 1h)}})));
  clock_.advance(1s);
  std::vector<DeliveredDocument> wider;
  for (std::size_t i = 1; i <= kAtOnce + 2; ++i) {
    const auto grant = make_record(clock_, "wider-" + std::to_string(i),
                                   {grant_port(22, Protocol::tcp, host(0), clock_.wall_now() + 1h),
                                    grant_port(22, Protocol::tcp, host(i), clock_.wall_now() + 1h)})
                           .grant;
    wider.push_back({grant.id, write_grant_document(grant)});
  }
  ASSERT_TRUE(deliver(change(wider)));
  EXPECT_EQ(agent().status().active_grants, 1U);
  EXPECT_EQ(kernel_.open_keys().size(), 2U);
}

TEST_F(SourceBulk, WhoReplacesAPartOfAGrantIsOneMore) {
  config_.limits.grants_per_requestor = 1;
  restart();
  auto both = make_record(clock_, "both",
                          {grant_port(22, Protocol::tcp, host(0), clock_.wall_now() + 1h),
                           grant_port(22, Protocol::tcp, host(1), clock_.wall_now() + 1h)});
  ASSERT_TRUE(deliver(change({{"both", write_grant_document(both.grant)}})));
  clock_.advance(1s);
  ASSERT_TRUE(publish("part", host(0), 2h));
  EXPECT_NE(last_refusal().find("the limit"), std::string::npos) << last_refusal();
  EXPECT_EQ(agent().status().active_grants, 1U);
}

TEST_F(SourceBulk, WhatIsForbiddenMeanwhileIsNotStored) {
  auto narrower = config_;
  std::erase_if(narrower.policy.ports, [](const PolicyPort& port) { return port.number == port_number(22); });
  bool first = true;
  firewall().before_commit([&](const FirewallTransaction&) {
    if (std::exchange(first, false)) {
      boost::asio::post(process_->context, [&] { ASSERT_TRUE(agent().reload(narrower)); });
    }
  });
  (void)deliver(change(many()));
  poll();
  EXPECT_LT(store().records().size(), kMany) << "or their ids would have ended for good";
  EXPECT_TRUE(kernel_.open_keys().empty());
  EXPECT_EQ(agent().status().active_grants, 0U);
}

TEST_F(SourceBulk, WhoeverIsTakenAwayMeanwhileOpensNoMore) {
  auto without = config_;
  std::erase_if(without.sources, [](const SourceConfig& source) { return source.name == "hub"; });
  bool first = true;
  firewall().before_commit([&](const FirewallTransaction&) {
    if (std::exchange(first, false))
      boost::asio::post(process_->context, [&] { ASSERT_TRUE(agent().reload(without)); });
  });
  (void)deliver(change(many()));
  poll();
  EXPECT_EQ(agent().status().active_grants, 0U);
  EXPECT_TRUE(kernel_.open_keys().empty());
  EXPECT_LT(store().records().size(), kMany);
}

TEST_F(SourceBulk, AnIdThatSomebodyUsedMeanwhileLeavesTheOthersAlone) {
  // Known to nobody when it was looked up; stored by another way before its own turn, the last, came.
  bool first = true;
  firewall().before_commit([&](const FirewallTransaction&) {
    if (!std::exchange(first, false)) return;
    StoreChange stolen;
    stolen.add.push_back(
        make_record(clock_, "g-999", {grant_port(22, Protocol::tcp, "10.8.8.8", clock_.wall_now() + 1h)}));
    boost::asio::co_spawn(process_->context, store().commit(std::move(stolen)), boost::asio::detached);
  });
  ASSERT_TRUE(deliver(change(many())));
  EXPECT_EQ(kernel_.open_keys().size(), kMany - 1);
  EXPECT_EQ(count_audited("grant.open", "Refused"), 1U);
}

}  // namespace
}  // namespace jitgate
