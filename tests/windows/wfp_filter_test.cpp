#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"

namespace jitgate::wfp {
namespace {

TransportPort port(Transport transport, int number) {
  return {transport, PortNumber::from(number).value()};
}

AddressPrefix prefix(const char* text) {
  return AddressPrefix::parse(text).value();
}

Lock everything() {
  Lock lock;
  lock.ports = {port(Transport::tcp, 22), port(Transport::tcp, 3389), port(Transport::udp, 3389)};
  lock.always_allow = {prefix("192.0.2.10"), prefix("2001:db8:1::/48"), prefix("0.0.0.0/0")};
  return lock;
}

TEST(LockFilters, HaveKeysOfTheirOwn) {
  Lock trial = everything();
  trial.lifts_at = BootTime{};
  Lock audit = everything();
  audit.deny = DenyAction::audit;
  std::set<Guid> keys;
  std::size_t filters = 0;
  for (const Lock& lock : {everything(), trial}) {
    for (const Filter& filter : lock_filters(lock, false)) keys.insert(filter.key), ++filters;
  }
  EXPECT_EQ(keys.size(), filters);
  // An audited lock must not take an enforced one for its own.
  const auto enforced = lock_filters(everything(), false);
  for (const Filter& filter : lock_filters(audit, false)) {
    const auto same = std::ranges::find(enforced, filter.key, &Filter::key);
    EXPECT_TRUE(same == enforced.end() || equal(*same, filter)) << filter.name;
  }
}

TEST(LockFilters, BlockEveryPortInBothFamiliesNowAndAtBoot) {
  int now = 0;
  int at_boot = 0;
  for (const Filter& filter : lock_filters(everything(), true)) {
    if (filter.verdict != Verdict::block) continue;
    EXPECT_EQ(filter.weight, band::kLock);
    EXPECT_TRUE(filter.transport && filter.ports.size() == 1 && !filter.remote && !filter.loopback);
    (filter.lifetime == Lifetime::boot ? at_boot : now) += 1;
  }
  EXPECT_EQ(now, 6);
  EXPECT_EQ(at_boot, 6);
}

// Else whoever is let in for good would be kept out between two steps of a boot.
TEST(LockFilters, PermitAtBootWhatTheyPermitForGood) {
  for (const Filter& filter : lock_filters(everything(), true)) {
    if (filter.lifetime != Lifetime::persistent || filter.reauthorized) continue;
    const auto filters = lock_filters(everything(), true);
    const auto twin = std::ranges::find_if(filters, [&](const Filter& other) {
      Filter as_persistent = other;
      as_persistent.key = filter.key;
      as_persistent.lifetime = Lifetime::persistent;
      return other.lifetime == Lifetime::boot && equal(as_persistent, filter);
    });
    EXPECT_NE(twin, filters.end()) << filter.name;
  }
}

TEST(LockFilters, OfATrialOutliveNothing) {
  Lock lock = everything();
  lock.lifts_at = BootTime{};
  for (const Filter& filter : lock_filters(lock, false)) EXPECT_EQ(filter.lifetime, Lifetime::dynamic) << filter.name;
}

TEST(LockFilters, OfAnAuditDenyNothing) {
  Lock lock = everything();
  lock.deny = DenyAction::audit;
  const auto filters = lock_filters(lock, true);
  for (const Filter& filter : filters) EXPECT_EQ(filter.verdict, Verdict::permit) << filter.name;
  EXPECT_EQ(ports_locked_by(filters), lock.ports);
}

TEST(LockFilters, LeaveOutWhatWindowsDoesNotHave) {
  Lock lock;
  lock.ports = {port(Transport::sctp, 22), port(Transport::dccp, 22), port(Transport::udplite, 22)};
  std::ranges::sort(lock.ports);
  EXPECT_TRUE(lock_filters(lock, false).empty());
}

TEST(NativeFilter, IsReadBackAsItWas) {
  auto filters = lock_filters(everything(), true);
  filters.push_back(grant_filter({prefix("198.51.100.7"), port(Transport::tcp, 22)}, true));
  filters.push_back(grant_filter({prefix("2001:db8::/56"), port(Transport::udp, 3389)}, false));
  filters.push_back(grant_filter({prefix("::/0"), port(Transport::udp, 3389)}, false));
  filters.push_back(cut_filter(port(Transport::tcp, 22), prefix("2001:db8::7"), 50000));
  for (const Filter& filter : filters) {
    const NativeFilter native(filter);
    const auto read = parse(*native.get());
    ASSERT_TRUE(read) << filter.name;
    EXPECT_TRUE(equal(*read, filter)) << filter.name;
  }
}

TEST(NativeFilter, WritesAnIPv4PrefixAsAddressAndMaskInHostOrder) {
  const NativeFilter native(grant_filter({prefix("198.51.100.0/24"), port(Transport::tcp, 22)}, false));
  bool seen = false;
  for (UINT32 i = 0; i < native.get()->numFilterConditions; ++i) {
    const auto& condition = native.get()->filterCondition[i];
    if (from_native(condition.fieldKey) != kConditionRemoteAddress) continue;
    seen = true;
    ASSERT_EQ(condition.conditionValue.type, FWP_V4_ADDR_MASK);
    EXPECT_EQ(condition.conditionValue.v4AddrMask->addr, 0xc6336400U);
    EXPECT_EQ(condition.conditionValue.v4AddrMask->mask, 0xffffff00U);
  }
  EXPECT_TRUE(seen);
}

TEST(NativeFilter, OfAnotherFormIsNotTakenForOurs) {
  const Filter lock = lock_filters(everything(), false).back();
  const auto altered = [&](const auto& change) {
    const NativeFilter native(lock);
    FWPM_FILTER0 copy = *native.get();
    change(copy);
    const auto read = parse(copy);
    return !read || !equal(*read, lock);
  };
  EXPECT_FALSE(altered([](FWPM_FILTER0&) {}));
  EXPECT_FALSE(altered([](FWPM_FILTER0& filter) { filter.flags |= 0x40; })) << "a flag that the engine sets itself";
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.flags |= kFilterDisabled; }));
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.flags |= kFilterClearActionRight; }));
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.flags &= ~kFilterPersistent & ~kFilterBootTime; }));
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.weight.uint8 = 0; }));
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.action.type = FWP_ACTION_PERMIT; }));
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.numFilterConditions = 1; }));
  EXPECT_TRUE(altered([](FWPM_FILTER0& filter) { filter.layerKey = to_native(kLayerRecvAcceptV4); }));
}

}  // namespace
}  // namespace jitgate::wfp
