// What grant sources have said, as every store keeps it.

#include <gmock/gmock.h>

#include "grant_store_contract.hpp"
#include "tests/unit/store/load_all.hpp"

namespace jitgate::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class ClaimContract : public GrantStoreContract {
 protected:
  KnownId known(const std::string& id) { return run(context_, store_->known({id})).value().at(0); }

  Result<void> claim(const std::string& id, const std::string& source, bool holds = true) {
    StoreChange change;
    change.claims.push_back({id, source, holds});
    return commit(std::move(change));
  }

  static EarlyRevocation revocation(const std::string& id, const std::string& source) {
    return {id, source, StatusReason::denied, "approver@example.com", kStart};
  }

  Result<void> revoke(EarlyRevocation early, WallTime now = kStart) {
    StoreChange change;
    change.early_revocations.push_back(std::move(early));
    change.now = now;
    return commit(std::move(change));
  }
};

TEST_P(ClaimContract, LoadsTheClaimsOfLiveGrants) {
  StoreChange change = adding(record_of("one"));
  change.claims = {{"one", "hub"}, {"one", "spool"}};
  ASSERT_TRUE(succeeds(commit(change)));
  ASSERT_TRUE(succeeds(claim("one", "hub")));  // said again
  EXPECT_THAT(load_all(*store_)->claims, ElementsAre(Pair("one", ElementsAre("hub", "spool"))));
  ASSERT_TRUE(succeeds(claim("one", "hub", false)));
  ASSERT_TRUE(succeeds(claim("one", "nobody", false)));
  EXPECT_THAT(load_all(*store_)->claims, ElementsAre(Pair("one", ElementsAre("spool"))));
  ASSERT_TRUE(succeeds(commit(updating("one", ended()))));
  EXPECT_THAT(load_all(*store_)->claims, IsEmpty());
}

TEST_P(ClaimContract, AClaimOnNothingFails) {
  EXPECT_TRUE(fails_with(claim("one", "hub"), errc::not_found, "one"));
}

TEST_P(ClaimContract, KnowsWhatBecameOfAnId) {
  EXPECT_FALSE(known("one").grant.has_value());
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  ASSERT_TRUE(known("one").grant.has_value());
  EXPECT_EQ(known("one").grant->digest, record_of("one").grant.digest);
  EXPECT_FALSE(known("one").grant->ended);
  PortState revoked = ended();
  revoked.reason = StatusReason::user_requested;
  ASSERT_TRUE(succeeds(commit(updating("one", revoked))));
  EXPECT_TRUE(known("one").grant->ended);
  EXPECT_FALSE(known("one").grant->expired);
}

TEST_P(ClaimContract, KnowsWhatRanOut) {
  ASSERT_TRUE(succeeds(commit(adding(record_of("one")))));
  PortState expired = ended();
  expired.reason = StatusReason::expired;
  ASSERT_TRUE(succeeds(commit(updating("one", expired))));
  EXPECT_TRUE(known("one").grant->expired);
}

TEST_P(ClaimContract, RemembersARevocationThatCameFirst) {
  ASSERT_TRUE(succeeds(revoke(revocation("one", "hub"))));
  EarlyRevocation other = revocation("one", "hub");
  other.reason = StatusReason::policy_changed;
  ASSERT_TRUE(succeeds(revoke(other)));
  EXPECT_THAT(known("one").revocations, ElementsAre(revocation("one", "hub")));
  EXPECT_THAT(known("two").revocations, IsEmpty());
  ASSERT_TRUE(succeeds(revoke(revocation("one", "spool"))));
  EXPECT_THAT(known("one").revocations, SizeIs(2));
}

TEST_P(ClaimContract, ForgetsARevocationAfterNinetyDays) {
  ASSERT_TRUE(succeeds(revoke(revocation("one", "hub"))));
  ASSERT_TRUE(succeeds(revoke(revocation("two", "hub"), kStart + kRememberRevocation)));
  EXPECT_THAT(known("one").revocations, SizeIs(1));
  ASSERT_TRUE(succeeds(revoke(revocation("three", "hub"), kStart + kRememberRevocation + std::chrono::seconds(1))));
  EXPECT_THAT(known("one").revocations, IsEmpty());
}

TEST_P(ClaimContract, OneSourceCannotFillTheStoreWithRevocations) {
  StoreChange many;
  for (std::size_t i = 0; i < kMaxEarlyRevocations; ++i)
    many.early_revocations.push_back(revocation("id-" + std::to_string(i), "hub"));
  ASSERT_TRUE(succeeds(commit(std::move(many))));
  EXPECT_TRUE(fails_with(revoke(revocation("more", "hub")), errc::too_many, "limit"));
  EXPECT_TRUE(succeeds(revoke(revocation("more", "spool"))));
}

INSTANTIATE_TEST_SUITE_P(Stores, ClaimContract, testing::Values(Kind::threaded, Kind::fake),
                         [](const auto& kind) { return kind.param == Kind::threaded ? "Threaded" : "Fake"; });

}  // namespace
}  // namespace jitgate::test
