#pragma once

#include <cstdint>

#include "platform/windows/wfp_filter.hpp"

/// What the headers of mingw-w64 10 lack of the Windows Filtering Platform. Values as in fwpmu.h and fwptypes.h of the
/// Windows SDK; GUIDs as in
/// https://learn.microsoft.com/en-us/windows/win32/fwp/management-filtering-layer-identifiers- and
/// https://learn.microsoft.com/en-us/windows/win32/fwp/filtering-condition-identifiers-. A test pins them.
namespace jitgate::wfp {

/// Written as in the documentation: {aaaaaaaa, bbbb, cccc, d, d, d, d, d, d, d, d}.
constexpr Guid guid(std::uint32_t a, std::uint16_t b, std::uint16_t c, std::array<std::uint8_t, 8> d) {
  const auto low = [](std::uint32_t value) { return static_cast<std::uint8_t>(value & 0xff); };
  return {low(a >> 24), low(a >> 16), low(a >> 8), low(a), low(b >> 8u), low(b), low(c >> 8u), low(c),
          d[0],         d[1],         d[2],        d[3],   d[4],         d[5],   d[6],         d[7]};
}

inline constexpr Guid kLayerRecvAcceptV4 =
    guid(0xe1cd9fe7, 0xf4b5, 0x4273, {0x96, 0xc0, 0x59, 0x2e, 0x48, 0x7b, 0x86, 0x50});
inline constexpr Guid kLayerRecvAcceptV6 =
    guid(0xa3b42c97, 0x9f04, 0x4672, {0xb8, 0x7e, 0xce, 0xe9, 0xc4, 0x83, 0x25, 0x7f});

inline constexpr Guid kConditionFlags =
    guid(0x632ce23b, 0x5167, 0x435c, {0x86, 0xd7, 0xe9, 0x03, 0x68, 0x4a, 0xa8, 0x0c});
/// The one that these layers have; FWPM_CONDITION_ALE_REAUTH_REASON is another.
inline constexpr Guid kConditionReauthorizeReason =
    guid(0x11205e8c, 0x11ae, 0x457a, {0x8a, 0x44, 0x47, 0x70, 0x26, 0xdd, 0x76, 0x4a});
inline constexpr Guid kConditionProtocol =
    guid(0x3971ef2b, 0x623e, 0x4f9a, {0x8c, 0xb1, 0x6e, 0x79, 0xb8, 0x06, 0xb9, 0xa7});
inline constexpr Guid kConditionLocalPort =
    guid(0x0c1ba1af, 0x5765, 0x453f, {0xaf, 0x22, 0xa8, 0xf7, 0x91, 0xac, 0x77, 0x5b});
inline constexpr Guid kConditionRemotePort =
    guid(0xc35a604d, 0xd22b, 0x4e1a, {0x91, 0xb4, 0x68, 0xf6, 0x74, 0xee, 0x67, 0x4b});
inline constexpr Guid kConditionRemoteAddress =
    guid(0xb235ae9a, 0x1d64, 0x49b8, {0xa4, 0x4c, 0x5f, 0xf3, 0xd9, 0x09, 0x50, 0x45});
inline constexpr Guid kConditionLocalAddress =
    guid(0xd9ee00de, 0xc1ef, 0x4617, {0xbf, 0xe3, 0xff, 0xd8, 0xf5, 0xa0, 0x89, 0x9f});

/// FWP_CONDITION_REAUTHORIZE_REASON_CLASSIFY_COMPLETION, ..._NEW_INBOUND_MCAST_BCAST_PACKET.
inline constexpr std::uint32_t kReasonCompletion = 0x10;
inline constexpr std::uint32_t kReasonNewMulticast = 0x100;

inline constexpr std::uint32_t kFilterPersistent = 0x01;        ///< FWPM_FILTER_FLAG_PERSISTENT
inline constexpr std::uint32_t kFilterBootTime = 0x02;          ///< FWPM_FILTER_FLAG_BOOTTIME
inline constexpr std::uint32_t kFilterClearActionRight = 0x08;  ///< FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT
inline constexpr std::uint32_t kFilterDisabled = 0x20;          ///< FWPM_FILTER_FLAG_DISABLED
inline constexpr std::uint32_t kSessionDynamic = 0x01;          ///< FWPM_SESSION_FLAG_DYNAMIC
inline constexpr std::uint32_t kProviderPersistent = 0x01;      ///< FWPM_PROVIDER_FLAG_PERSISTENT
inline constexpr std::uint32_t kProviderDisabled = 0x10;        ///< FWPM_PROVIDER_FLAG_DISABLED
inline constexpr std::uint32_t kSublayerPersistent = 0x01;      ///< FWPM_SUBLAYER_FLAG_PERSISTENT
inline constexpr std::uint32_t kTransactionReadOnly = 0x01;     ///< FWPM_TXN_READ_ONLY
inline constexpr std::uint32_t kNotifyOnAdd = 0x01;             ///< FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD
inline constexpr std::uint32_t kNotifyOnDelete = 0x02;          ///< FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE

/// Ours.
inline constexpr Guid kProvider = guid(0x6a697467, 0x6174, 0x4501, {0x8f, 0x2b, 0x51, 0x0c, 0x7e, 0x93, 0xd4, 0x16});
inline constexpr Guid kSublayer = guid(0x6a697467, 0x6174, 0x4502, {0x8f, 0x2b, 0x51, 0x0c, 0x7e, 0x93, 0xd4, 0x16});
/// Before every other sublayer: ours judges first.
inline constexpr std::uint16_t kSublayerWeight = 0xffff;

}  // namespace jitgate::wfp
