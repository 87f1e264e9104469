#include "tests/windows/wfp_model/check.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "platform/windows/wfp_names.hpp"
#include "platform/windows/wfp_native.hpp"

namespace jitgate::wfp_model {
namespace {

constexpr std::uint32_t code(HRESULT value) {
  return static_cast<std::uint32_t>(value);
}

Guid our(const wfp::Guid& guid) {
  return guid_of(wfp::to_native(guid));
}

const Guid& layer_v4() {
  static const Guid layer = our(wfp::kLayerRecvAcceptV4);
  return layer;
}
const Guid& layer_v6() {
  static const Guid layer = our(wfp::kLayerRecvAcceptV6);
  return layer;
}

Bytes memory_of(const void* from, std::size_t size) {
  Bytes bytes(size);
  std::memcpy(bytes.data(), from, size);
  return bytes;
}

Bytes network_order(std::uint32_t address) {
  return {static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
          static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)};
}

/// Address bytes, and behind them how many bits count.
std::uint32_t read_address(const FWP_CONDITION_VALUE0& value, bool v4, Bytes& kept) {
  if (value.type == FWP_UINT32 && v4) {
    kept = network_order(value.uint32);
    kept.push_back(32);
    return 0;
  }
  if (value.type == FWP_V4_ADDR_MASK && v4) {
    if (value.v4AddrMask == nullptr) return code(FWP_E_NULL_POINTER);
    const std::uint32_t mask = value.v4AddrMask->mask;
    const int bits = std::popcount(mask);
    if (bits > 0 && mask != ~std::uint32_t{0} << (32 - bits)) return code(FWP_E_INVALID_NET_MASK);
    kept = network_order(value.v4AddrMask->addr);
    kept.push_back(static_cast<std::uint8_t>(bits));
    return 0;
  }
  if (value.type == FWP_V6_ADDR_MASK && !v4) {
    if (value.v6AddrMask == nullptr) return code(FWP_E_NULL_POINTER);
    if (value.v6AddrMask->prefixLength > 128) return code(FWP_E_INVALID_NET_MASK);
    kept = memory_of(value.v6AddrMask->addr, 16);
    kept.push_back(value.v6AddrMask->prefixLength);
    return 0;
  }
  return code(FWP_E_TYPE_MISMATCH);
}

std::uint32_t read_condition(const FWPM_FILTER_CONDITION0& given, bool v4, Condition& kept) {
  kept.field = guid_of(given.fieldKey);
  kept.match = given.matchType;
  kept.type = given.conditionValue.type;
  const FWP_CONDITION_VALUE0& value = given.conditionValue;
  const bool flags = kept.field == our(wfp::kConditionFlags) || kept.field == our(wfp::kConditionReauthorizeReason);
  if (flags != (kept.match >= FWP_MATCH_FLAGS_ALL_SET && kept.match <= FWP_MATCH_FLAGS_NONE_SET))
    return code(FWP_E_MATCH_TYPE_MISMATCH);
  if (!flags && kept.match != FWP_MATCH_EQUAL) return code(FWP_E_MATCH_TYPE_MISMATCH);
  if (flags) {
    if (kept.type != FWP_UINT32) return code(FWP_E_TYPE_MISMATCH);
    kept.value = memory_of(&value.uint32, sizeof value.uint32);
    return 0;
  }
  if (kept.field == our(wfp::kConditionProtocol)) {
    kept.value = {value.uint8};
    return kept.type == FWP_UINT8 ? 0 : code(FWP_E_TYPE_MISMATCH);
  }
  if (kept.field == our(wfp::kConditionLocalPort) || kept.field == our(wfp::kConditionRemotePort)) {
    kept.value = memory_of(&value.uint16, sizeof value.uint16);
    return kept.type == FWP_UINT16 ? 0 : code(FWP_E_TYPE_MISMATCH);
  }
  if (kept.field == our(wfp::kConditionRemoteAddress)) return read_address(value, v4, kept.value);
  return code(FWP_E_CONDITION_NOT_FOUND);
}

std::uint32_t read_weight(const FWP_VALUE0& given, Filter& kept) {
  kept.weight_type = given.type;
  switch (given.type) {
    case FWP_EMPTY:
      return 0;
    case FWP_UINT8:
      kept.weight = given.uint8;
      return given.uint8 <= 15 ? 0 : code(FWP_E_INVALID_WEIGHT);
    case FWP_UINT64:
      if (given.uint64 == nullptr) return code(FWP_E_NULL_POINTER);
      kept.weight = *given.uint64;
      return 0;
    default:
      return code(FWP_E_INVALID_WEIGHT);
  }
}

template <class T>
const T* find(const std::vector<T>& objects, const Guid& key) {
  const auto found = std::ranges::find(objects, key, &T::key);
  return found == objects.end() ? nullptr : &*found;
}

template <class T>
T number(const Bytes& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

bool same_network(const Bytes& kept, const std::uint8_t* address) {
  const unsigned bits = kept.back();
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if ((kept[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

bool matches(const Condition& condition, const Arrival& arrival) {
  const bool reason = condition.field == our(wfp::kConditionReauthorizeReason);
  if (reason || condition.field == our(wfp::kConditionFlags)) {
    const auto wanted = number<std::uint32_t>(condition.value);
    const std::uint32_t set = (reason ? arrival.reason : arrival.flags) & wanted;
    if (condition.match == FWP_MATCH_FLAGS_ALL_SET) return set == wanted;
    return condition.match == FWP_MATCH_FLAGS_ANY_SET ? set != 0 : set == 0;
  }
  if (condition.field == our(wfp::kConditionProtocol)) return condition.value.front() == arrival.protocol;
  if (condition.field == our(wfp::kConditionLocalPort))
    return number<std::uint16_t>(condition.value) == arrival.local_port;
  if (condition.field == our(wfp::kConditionRemotePort))
    return number<std::uint16_t>(condition.value) == arrival.remote_port;
  return same_network(condition.value, arrival.remote);
}

/// Conditions of one field are alternatives, those of different fields must all hold.
bool matches(const Filter& filter, const Arrival& arrival) {
  return std::ranges::all_of(filter.conditions, [&](const Condition& one) {
    return std::ranges::any_of(
        filter.conditions, [&](const Condition& other) { return other.field == one.field && matches(other, arrival); });
  });
}

/// Weight range, then what the engine's own weight stands for here.
bool weighs_more(const Filter& a, const Filter& b) {
  const auto range = [](const Filter& filter) {
    return filter.weight_type == FWP_UINT64 ? filter.weight >> 60 : filter.weight;
  };
  if (range(a) != range(b)) return range(a) > range(b);
  if (a.conditions.size() != b.conditions.size()) return a.conditions.size() > b.conditions.size();
  return a.id < b.id;
}

bool judges(const State& state, const Filter& filter, const Arrival& arrival, const Sublayer& sublayer) {
  if (filter.sublayer != sublayer.key || (filter.flags & wfp::kFilterDisabled) != 0) return false;
  if (filter.layer != (arrival.version == 4 ? layer_v4() : layer_v6())) return false;
  const bool boot = (filter.flags & wfp::kFilterBootTime) != 0;
  return boot != state.running && matches(filter, arrival);
}

}  // namespace

std::uint32_t read_filter(const FWPM_FILTER0& given, Filter& kept) {
  if (given.displayData.name == nullptr) return code(FWP_E_NULL_DISPLAY_NAME);
  for (const wchar_t* c = given.displayData.name; *c != L'\0'; ++c) kept.name += static_cast<char16_t>(*c);
  kept.key = guid_of(given.filterKey);
  kept.flags = given.flags;
  if ((kept.flags & 3) == 3) return code(FWP_E_INVALID_FLAGS);
  if (given.providerKey != nullptr) kept.provider = guid_of(*given.providerKey);
  kept.layer = guid_of(given.layerKey);
  kept.sublayer = guid_of(given.subLayerKey);
  kept.action = given.action.type;
  if (kept.action != FWP_ACTION_BLOCK && kept.action != FWP_ACTION_PERMIT) return code(FWP_E_INVALID_ACTION_TYPE);
  if (kept.layer != layer_v4() && kept.layer != layer_v6()) return code(FWP_E_LAYER_NOT_FOUND);
  if (const auto wrong = read_weight(given.weight, kept); wrong != 0) return wrong;
  if (given.numFilterConditions > 0 && given.filterCondition == nullptr) return code(FWP_E_NULL_POINTER);
  for (UINT32 i = 0; i < given.numFilterConditions; ++i) {
    Condition condition;
    const auto wrong = read_condition(given.filterCondition[i], kept.layer == layer_v4(), condition);
    if (wrong != 0) return wrong;
    kept.conditions.push_back(std::move(condition));
  }
  return 0;
}

std::uint32_t check_references(const State& state, const Filter& filter, bool dynamic_session) {
  if (dynamic_session && (filter.flags & 3) != 0) return code(FWP_E_DYNAMIC_SESSION_IN_PROGRESS);
  if (find(state.filters, filter.key) != nullptr) return code(FWP_E_ALREADY_EXISTS);
  const Sublayer* sublayer = find(state.sublayers, filter.sublayer);
  if (sublayer == nullptr) return code(FWP_E_SUBLAYER_NOT_FOUND);
  const Provider* provider = filter.provider ? find(state.providers, *filter.provider) : nullptr;
  if (filter.provider && provider == nullptr) return code(FWP_E_PROVIDER_NOT_FOUND);
  const bool lasting = (filter.flags & 3) != 0;
  if (lasting && (sublayer->flags & 1) == 0) return code(FWP_E_LIFETIME_MISMATCH);
  if (lasting && provider != nullptr && (provider->flags & 1) == 0) return code(FWP_E_LIFETIME_MISMATCH);
  return 0;
}

bool permits(const State& state, const Arrival& arrival, std::uint64_t& by) {
  by = 0;
  std::vector<Sublayer> sublayers = state.sublayers;
  std::ranges::stable_sort(sublayers, std::ranges::greater(), &Sublayer::weight);
  bool permitted = true;  // what no filter decides
  for (const Sublayer& sublayer : sublayers) {
    const Filter* first = nullptr;
    for (const Filter& filter : state.filters)
      if (judges(state, filter, arrival, sublayer) && (first == nullptr || weighs_more(filter, *first)))
        first = &filter;
    if (first == nullptr) continue;
    by = first->id;
    // A block is final; a permit only when it takes the right to decide away from those below.
    if (first->action == FWP_ACTION_BLOCK) return false;
    permitted = true;
    if ((first->flags & wfp::kFilterClearActionRight) != 0) return true;
  }
  return permitted;
}

}  // namespace jitgate::wfp_model
