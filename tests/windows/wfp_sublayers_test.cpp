// Before anything that could bring in the older winsock.h.
#include <fwpmu.h>
#include <windows.h>
#include <winsock2.h>

#include <cstring>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

constexpr const char* kClient = "198.51.100.10";

/// Another firewall's sublayer, below ours.
class Sublayers : public WfpTest {
 protected:
  /// Every arriving TCP connection, in a sublayer of this weight.
  void other_firewall(FWP_ACTION_TYPE action, std::uint16_t weight) {
    FWPM_SUBLAYER0 sublayer;
    std::memset(&sublayer, 0, sizeof sublayer);
    wchar_t name[] = L"another firewall";
    sublayer.subLayerKey = to_native(guid_of("another firewall"));
    sublayer.displayData.name = name;
    sublayer.weight = weight;
    ASSERT_EQ(FwpmSubLayerAdd0(somebody_.handle(), &sublayer, nullptr), 0U);
    const NativeFilter like(grant_filter(key(kClient, Transport::tcp, 22), false));
    FWPM_FILTER0 filter = *like.get();
    filter.filterKey = to_native(guid_of("another firewall's filter"));
    filter.subLayerKey = sublayer.subLayerKey;
    filter.providerKey = nullptr;
    filter.action.type = action;
    filter.flags = 0;
    ASSERT_EQ(FwpmFilterAdd0(somebody_.handle(), &filter, nullptr, nullptr), 0U);
  }
  Engine somebody_ = Engine::open(SessionKind::persistent).value();
};

TEST_F(Sublayers, ALockWinsOverWhatAnotherFirewallPermits) {
  other_firewall(FWP_ACTION_PERMIT, 100);
  replace(lock());
  EXPECT_FALSE(passes(kClient));
}

TEST_F(Sublayers, ASoftGrantLosesAgainstAnotherFirewallsBlock) {
  other_firewall(FWP_ACTION_BLOCK, 100);
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_FALSE(passes(kClient));
}

TEST_F(Sublayers, AHardGrantWinsOverIt) {
  other_firewall(FWP_ACTION_BLOCK, 100);
  backend_ = make_backend(true);
  replace(lock(), {entry(kClient, Transport::tcp, 22)});
  EXPECT_TRUE(passes(kClient));
  // So that a revocation keeps what was let in hard.
  close({key(kClient, Transport::tcp, 22)});
  EXPECT_FALSE(passes(kClient));
  EXPECT_TRUE(passes(Knock{.from = kClient, .established = true}));
}

}  // namespace
}  // namespace jitgate::wfp
