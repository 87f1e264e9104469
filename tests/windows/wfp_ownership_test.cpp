// Before anything that could bring in the older winsock.h.
#include <fwpmu.h>
#include <windows.h>
#include <winsock2.h>

#include <cstring>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"
#include "platform/windows/wfp_release.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

constexpr const char* kClient = "198.51.100.10";
constexpr const char* kStranger = "198.51.100.20";

/// Others hold what is ours, or what looks like it.
class Ownership : public WfpTest {
 protected:
  /// A permit for the stranger in our sublayer, which only its session can remove.
  void intrude() {
    Filter alien = grant_filter(key(kStranger, Transport::tcp, 22), false);
    alien.key = guid_of("an intruder's");
    alien.name = "intruder";
    const NativeFilter like(alien);
    FWPM_FILTER0 filter = *like.get();
    filter.providerKey = nullptr;
    EXPECT_EQ(FwpmFilterAdd0(intruder_.handle(), &filter, nullptr, nullptr), 0U);
  }
  /// Our sublayer as somebody else would make it: without our provider.
  void make_sublayer(std::uint16_t weight) {
    FWPM_SUBLAYER0 sublayer;
    std::memset(&sublayer, 0, sizeof sublayer);
    wchar_t name[] = L"not ours";
    sublayer.subLayerKey = to_native(kSublayer);
    sublayer.displayData.name = name;
    sublayer.flags = kSublayerPersistent;
    sublayer.weight = weight;
    ASSERT_EQ(FwpmSubLayerAdd0(somebody_.handle(), &sublayer, nullptr), 0U);
  }
  Engine intruder_ = Engine::open(SessionKind::dynamic).value();
  Engine somebody_ = Engine::open(SessionKind::persistent).value();
};

TEST_F(Ownership, EverythingIsProtectedAgainstOthers) {
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  ASSERT_GT(model_.count(), 10U);
  EXPECT_EQ(model_.unlike(kProtection), 0U);
  EXPECT_EQ(model_.unlike(L"O:BAG:BAD:P(A;;0xf07ff;;;WD)"), model_.count());
}

TEST_F(Ownership, AnotherSessionsFilterKeepsNoLockFromStanding) {
  replace(lock());
  intrude();
  Lock wider = lock();
  wider.ports.push_back(port(Transport::udp, 4000));
  const auto made = backend_->commit(ReplaceTable{wider, {entry(kClient, Transport::tcp, 22)}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("not ours: intruder"), std::string::npos) << describe(made.error());
  EXPECT_FALSE(passes(kClient, Transport::udp, 4000));
  EXPECT_TRUE(passes(kClient)) << "the grants are open";
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
  ASSERT_TRUE(intruder_.close().ok());
  replace(wider);
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Ownership, RemovalTakesTheLockAwayThoughOthersUseTheSublayer) {
  replace(lock());
  intrude();
  ASSERT_TRUE(backend_->commit(RemoveTable{}));
  EXPECT_TRUE(passes(kClient));
  EXPECT_EQ(model_.count(), 3U) << "the intruder's filter, and what it is in";
  EXPECT_TRUE(backend_->read().value().present) << "something may still decide there";
  ASSERT_TRUE(intruder_.close().ok());
  EXPECT_FALSE(backend_->read().value().present) << "an empty sublayer is no table";
  ASSERT_TRUE(release_filters());
  EXPECT_EQ(model_.count(), 0U);
}

TEST_F(Ownership, RemovalLeavesAProviderThatOthersReferTo) {
  replace(lock());
  FWPM_SUBLAYER0 another;
  std::memset(&another, 0, sizeof another);
  wchar_t name[] = L"another's";
  GUID provider = to_native(kProvider);
  another.subLayerKey = to_native(guid_of("another's"));
  another.displayData.name = name;
  another.providerKey = &provider;
  ASSERT_EQ(FwpmSubLayerAdd0(somebody_.handle(), &another, nullptr), 0U);
  ASSERT_TRUE(backend_->commit(RemoveTable{}));
  EXPECT_TRUE(passes(kClient));
  EXPECT_FALSE(backend_->read().value().present);
  EXPECT_EQ(model_.count(), 2U);
}

TEST_F(Ownership, ASublayerOfAnotherWeightIsMadeAnew) {
  make_sublayer(1);
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_EQ(somebody_.sublayer().value(), SublayerState::as_made);
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
  EXPECT_TRUE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Ownership, ASublayerThatWasExchangedUnderUsIsFoundAndMadeAnew) {
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  backend_.reset();
  ASSERT_TRUE(release_filters());
  make_sublayer(0xffff);  // but without our provider
  backend_ = make_backend();
  Lock trial = lock();
  trial.lifts_at = clock_.boot_now() + std::chrono::hours(1);
  replace(trial, {entry(kClient, Transport::tcp, 22)});
  EXPECT_EQ(somebody_.sublayer().value(), SublayerState::as_made);
  EXPECT_TRUE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Ownership, ASublayerThatOthersHoldOnToIsLockedAsItIsAndSaidToBeAltered) {
  make_sublayer(1);
  intrude();
  const auto made = backend_->commit(ReplaceTable{lock(), {}});
  EXPECT_FALSE(made);
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(backend_->read().value().static_rules_intact);
}

}  // namespace
}  // namespace jitgate::wfp
