#include "platform/windows/wfp_native.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "platform/windows/wfp_names.hpp"

namespace jitgate::wfp {
namespace {

constexpr std::size_t kMostConditions = 256;  // the ports of a policy (180 at most), and what else a filter has

/// What is judged again for these has not been admitted yet.
constexpr std::uint32_t kNewReasons = kReasonCompletion | kReasonNewMulticast;

std::uint32_t native_flags(const Filter& filter) {
  std::uint32_t flags = 0;
  if (filter.lifetime == Lifetime::persistent) flags |= kFilterPersistent;
  if (filter.lifetime == Lifetime::boot) flags |= kFilterBootTime;
  if (filter.hard) flags |= kFilterClearActionRight;
  return flags;
}

std::uint32_t host_order(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

std::array<std::uint8_t, 4> network_order(std::uint32_t address) {
  return {static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16 & 0xff),
          static_cast<std::uint8_t>(address >> 8 & 0xff), static_cast<std::uint8_t>(address & 0xff)};
}

/// The engine may give a host back as a plain address.
std::optional<AddressPrefix> parse_remote(const FWP_CONDITION_VALUE0& value) {
  switch (value.type) {
    case FWP_UINT32:
      return AddressPrefix::of(network_order(value.uint32), 32);
    case FWP_V4_ADDR_MASK: {
      const auto length = static_cast<unsigned>(std::popcount(value.v4AddrMask->mask));
      if (length > 0 && value.v4AddrMask->mask != ~std::uint32_t{0} << (32 - length)) return std::nullopt;
      return AddressPrefix::of(network_order(value.v4AddrMask->addr), length);
    }
    case FWP_BYTE_ARRAY16_TYPE:
      return AddressPrefix::of(std::span(value.byteArray16->byteArray16), 128);
    case FWP_V6_ADDR_MASK:
      if (value.v6AddrMask->prefixLength > 128) return std::nullopt;
      return AddressPrefix::of(std::span(value.v6AddrMask->addr), value.v6AddrMask->prefixLength);
    default:
      return std::nullopt;
  }
}

bool parse_flags(const FWPM_FILTER_CONDITION0& condition, Filter& filter) {
  if (condition.matchType != FWP_MATCH_FLAGS_ALL_SET || condition.conditionValue.type != FWP_UINT32) return false;
  filter.loopback = condition.conditionValue.uint32 == FWP_CONDITION_FLAG_IS_LOOPBACK;
  filter.reauthorized = condition.conditionValue.uint32 == FWP_CONDITION_FLAG_IS_REAUTHORIZE;
  return filter.loopback != filter.reauthorized;
}

bool parse_reason(const FWPM_FILTER_CONDITION0& condition, Filter& filter) {
  filter.admitted_before = condition.matchType == FWP_MATCH_FLAGS_NONE_SET &&
                           condition.conditionValue.type == FWP_UINT32 &&
                           condition.conditionValue.uint32 == kNewReasons;
  return filter.admitted_before;
}

/// False: not a condition that NativeFilter makes.
bool parse(const FWPM_FILTER_CONDITION0& condition, Filter& filter) {
  const Guid field = from_native(condition.fieldKey);
  if (field == kConditionFlags) return parse_flags(condition, filter);
  if (field == kConditionReauthorizeReason) return parse_reason(condition, filter);
  if (condition.matchType != FWP_MATCH_EQUAL) return false;
  const FWP_CONDITION_VALUE0& value = condition.conditionValue;
  if (field == kConditionProtocol && value.type == FWP_UINT8) {
    filter.transport = static_cast<Transport>(value.uint8);
    return has_filter(*filter.transport);
  }
  if (field == kConditionLocalPort && value.type == FWP_UINT16) {
    filter.ports.push_back(value.uint16);
    return true;
  }
  if (field == kConditionRemotePort && value.type == FWP_UINT16) {
    filter.remote_port = value.uint16;
    return true;
  }
  if (field == kConditionRemoteAddress && !filter.remote) filter.remote = parse_remote(value);
  return field == kConditionRemoteAddress && filter.remote && filter.remote->family() == filter.family;
}

}  // namespace

GUID to_native(const Guid& guid) {
  GUID native;
  native.Data1 = host_order(std::span(guid).first(4));
  native.Data2 = static_cast<std::uint16_t>(guid[4] << 8 | guid[5]);
  native.Data3 = static_cast<std::uint16_t>(guid[6] << 8 | guid[7]);
  std::copy_n(guid.begin() + 8, 8, native.Data4);
  return native;
}

Guid from_native(const GUID& native) {
  std::array<std::uint8_t, 8> last{};
  std::copy_n(native.Data4, last.size(), last.begin());
  return guid(native.Data1, native.Data2, native.Data3, last);
}

NativeFilter::NativeFilter(const Filter& filter)
    : provider_(to_native(kProvider)), name_(filter.name.begin(), filter.name.end()) {
  // Everything that is not set below must be zero, also where the headers declare a field too narrow.
  std::memset(&filter_, 0, sizeof filter_);
  std::memset(&v4_, 0, sizeof v4_);
  std::memset(&v6_, 0, sizeof v6_);
  conditions_.reserve(kMostConditions);
  filter_.filterKey = to_native(filter.key);
  filter_.displayData.name = name_.data();
  filter_.flags = native_flags(filter);
  filter_.providerKey = &provider_;
  filter_.layerKey = to_native(filter.family == Family::ipv4 ? kLayerRecvAcceptV4 : kLayerRecvAcceptV6);
  filter_.subLayerKey = to_native(kSublayer);
  filter_.weight.type = FWP_UINT8;
  filter_.weight.uint8 = filter.weight;
  filter_.action.type = filter.verdict == Verdict::block ? FWP_ACTION_BLOCK : FWP_ACTION_PERMIT;
  if (filter.loopback) match_flag(FWP_CONDITION_FLAG_IS_LOOPBACK);
  if (filter.reauthorized) match_flag(FWP_CONDITION_FLAG_IS_REAUTHORIZE);
  if (filter.admitted_before) {
    condition(kConditionReauthorizeReason, FWP_MATCH_FLAGS_NONE_SET, FWP_UINT32).conditionValue.uint32 = kNewReasons;
  }
  if (filter.transport) {
    condition(kConditionProtocol, FWP_MATCH_EQUAL, FWP_UINT8).conditionValue.uint8 =
        static_cast<std::uint8_t>(*filter.transport);
  }
  for (const std::uint16_t port : filter.ports)
    condition(kConditionLocalPort, FWP_MATCH_EQUAL, FWP_UINT16).conditionValue.uint16 = port;
  if (filter.remote) match_remote(*filter.remote);
  if (filter.remote_port != 0)
    condition(kConditionRemotePort, FWP_MATCH_EQUAL, FWP_UINT16).conditionValue.uint16 = filter.remote_port;
  filter_.numFilterConditions = static_cast<UINT32>(conditions_.size());
  filter_.filterCondition = conditions_.data();
}

FWPM_FILTER_CONDITION0& NativeFilter::condition(const Guid& field, FWP_MATCH_TYPE match, FWP_DATA_TYPE type) {
  FWPM_FILTER_CONDITION0 one;
  std::memset(&one, 0, sizeof one);
  one.fieldKey = to_native(field);
  one.matchType = match;
  one.conditionValue.type = type;
  return conditions_.emplace_back(one);
}

void NativeFilter::match_flag(std::uint32_t flag) {
  condition(kConditionFlags, FWP_MATCH_FLAGS_ALL_SET, FWP_UINT32).conditionValue.uint32 = flag;
}

void NativeFilter::match_remote(const AddressPrefix& prefix) {
  if (prefix.family() == Family::ipv4) {
    // In host order, both: the documentation of FWP_V4_ADDR_AND_MASK says so.
    v4_.addr = host_order(prefix.bytes());
    v4_.mask = ~std::uint32_t{0} << (32 - prefix.length());
    condition(kConditionRemoteAddress, FWP_MATCH_EQUAL, FWP_V4_ADDR_MASK).conditionValue.v4AddrMask = &v4_;
    return;
  }
  std::ranges::copy(prefix.bytes(), v6_.addr);
  v6_.prefixLength = static_cast<UINT8>(prefix.length());
  condition(kConditionRemoteAddress, FWP_MATCH_EQUAL, FWP_V6_ADDR_MASK).conditionValue.v6AddrMask = &v6_;
}

std::optional<Filter> parse(const FWPM_FILTER0& native) {
  Filter filter;
  filter.key = from_native(native.filterKey);
  filter.family = from_native(native.layerKey) == kLayerRecvAcceptV4 ? Family::ipv4 : Family::ipv6;
  filter.lifetime = (native.flags & kFilterPersistent) != 0 ? Lifetime::persistent
                    : (native.flags & kFilterBootTime) != 0 ? Lifetime::boot
                                                            : Lifetime::dynamic;
  if ((native.flags & kFilterDisabled) != 0) return std::nullopt;
  filter.hard = (native.flags & kFilterClearActionRight) != 0;
  if (native.weight.type != FWP_UINT8) return std::nullopt;
  filter.weight = native.weight.uint8;
  if (native.action.type != FWP_ACTION_BLOCK && native.action.type != FWP_ACTION_PERMIT) return std::nullopt;
  filter.verdict = native.action.type == FWP_ACTION_BLOCK ? Verdict::block : Verdict::permit;
  for (UINT32 i = 0; i < native.numFilterConditions; ++i)
    if (!parse(native.filterCondition[i], filter)) return std::nullopt;
  std::ranges::sort(filter.ports);
  return filter;
}

}  // namespace jitgate::wfp
