#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"

namespace jitgate::wfp {
namespace {

std::string text(const Guid& guid) {
  std::string written;
  for (std::size_t i = 0; i < guid.size(); ++i) {
    char byte[3];
    std::snprintf(byte, sizeof byte, "%02x", guid[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) written += '-';
    written += byte;
  }
  return written;
}

// As Microsoft documents them, and as the SDK's fwpmu.h has them: a wrong one is refused, or matches something else.
TEST(WfpNames, AreThoseOfTheDocumentation) {
  EXPECT_EQ(text(kLayerRecvAcceptV4), "e1cd9fe7-f4b5-4273-96c0-592e487b8650");
  EXPECT_EQ(text(kLayerRecvAcceptV6), "a3b42c97-9f04-4672-b87e-cee9c483257f");
  EXPECT_EQ(text(kConditionFlags), "632ce23b-5167-435c-86d7-e903684aa80c");
  EXPECT_EQ(text(kConditionReauthorizeReason), "11205e8c-11ae-457a-8a44-477026dd764a");
  EXPECT_EQ(text(kConditionProtocol), "3971ef2b-623e-4f9a-8cb1-6e79b806b9a7");
  EXPECT_EQ(text(kConditionLocalPort), "0c1ba1af-5765-453f-af22-a8f791ac775b");
  EXPECT_EQ(text(kConditionRemotePort), "c35a604d-d22b-4e1a-91b4-68f674ee674b");
  EXPECT_EQ(text(kConditionRemoteAddress), "b235ae9a-1d64-49b8-a44c-5ff3d9095045");
  EXPECT_EQ(text(kConditionLocalAddress), "d9ee00de-c1ef-4617-bfe3-ffd8f5a0899f");
}

// They are on disk of every host that runs jitgate: another value would leave the old objects behind.
TEST(WfpNames, OfOursStayAsTheyAre) {
  EXPECT_EQ(text(kProvider), "6a697467-6174-4501-8f2b-510c7e93d416");
  EXPECT_EQ(text(kSublayer), "6a697467-6174-4502-8f2b-510c7e93d416");
  EXPECT_EQ(kSublayerWeight, 0xffff);
  Lock lock;
  lock.ports = {{Transport::tcp, PortNumber::from(22).value()}};
  std::set<std::string> keys;
  for (const Filter& filter : lock_filters(lock, false)) keys.insert(filter.name + " " + text(filter.key));
  const std::set<std::string> expected{
      "jitgate: keep established tcp 84037794-dae8-85d8-a66e-b9fa21471cda",
      "jitgate: keep established tcp ebbd44ce-2752-87de-b57f-014ea92683c3",
      "jitgate: lock 22/tcp (until the engine runs) 0d4785f1-57c8-800d-9231-c0c384b39cf2",
      "jitgate: lock 22/tcp (until the engine runs) e1e67eca-5c32-8bb0-b88c-cf719fb98058",
      "jitgate: lock 22/tcp 6b7c95c8-74a2-898a-b0ea-c20853da8d94",
      "jitgate: lock 22/tcp df611de3-68db-816d-8bc4-e91603195a7b",
      "jitgate: loopback IPv4 (until the engine runs) e7ea971b-93f2-821b-a121-8ac84b757c62",
      "jitgate: loopback IPv6 (until the engine runs) a3589b96-caa4-8a1d-aea2-30baa4476f13",
      "jitgate: loopback IPv4 197d4013-fc78-8217-8e63-de87a373b9ef",
      "jitgate: loopback IPv6 bdfb8dbe-9bd8-8659-929b-758d6486029a"};
  EXPECT_EQ(keys, expected);
}

TEST(WfpNames, GuidsGoToWindowsAndBack) {
  const GUID native = to_native(kLayerRecvAcceptV4);
  EXPECT_EQ(native.Data1, 0xe1cd9fe7U);
  EXPECT_EQ(native.Data2, 0xf4b5);
  EXPECT_EQ(native.Data3, 0x4273);
  EXPECT_EQ(native.Data4[0], 0x96);
  EXPECT_EQ(native.Data4[7], 0x50);
  EXPECT_EQ(from_native(native), kLayerRecvAcceptV4);
}

TEST(WfpNames, FlagsAreThoseOfTheDocumentation) {
  EXPECT_EQ(kReasonCompletion, 0x10U);
  EXPECT_EQ(kReasonNewMulticast, 0x100U);
  EXPECT_EQ(kFilterPersistent, 0x1U);
  EXPECT_EQ(kFilterBootTime, 0x2U);
  EXPECT_EQ(kFilterClearActionRight, 0x8U);
  EXPECT_EQ(kFilterDisabled, 0x20U);
  EXPECT_EQ(kSessionDynamic, 0x1U);
  EXPECT_EQ(kProviderPersistent, 0x1U);
  EXPECT_EQ(kProviderDisabled, 0x10U);
  EXPECT_EQ(kSublayerPersistent, 0x1U);
  EXPECT_EQ(static_cast<std::uint32_t>(FWP_E_ALREADY_EXISTS), 0x80320009U);
  EXPECT_EQ(static_cast<std::uint32_t>(FWP_E_IN_USE), 0x8032000aU);
  EXPECT_EQ(static_cast<std::uint32_t>(FWP_E_WRONG_SESSION), 0x8032000cU);
}

}  // namespace
}  // namespace jitgate::wfp
