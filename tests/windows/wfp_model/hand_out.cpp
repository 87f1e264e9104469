#include "tests/windows/wfp_model/hand_out.hpp"

#include <cstdlib>
#include <cstring>

namespace jitgate::wfp_model {
namespace {

constexpr std::size_t kAlign = 16;

/// One block, filled from the front.
class Block {
 public:
  explicit Block(std::size_t size) : next_(static_cast<char*>(std::calloc(1, size))) {}
  template <class T>
  T* take(std::size_t count = 1) {
    T* taken = reinterpret_cast<T*>(next_);
    next_ += room<T>(count);
    return taken;
  }
  template <class T>
  static std::size_t room(std::size_t count = 1) {
    return (sizeof(T) * count + kAlign - 1) / kAlign * kAlign;
  }

 private:
  char* next_;
};

std::size_t room_for(const Filter& filter) {
  return Block::room<FWPM_FILTER0>() + Block::room<GUID>() + Block::room<UINT64>() +
         Block::room<wchar_t>(filter.name.size() + 1) + Block::room<FWPM_FILTER_CONDITION0>(filter.conditions.size()) +
         filter.conditions.size() * Block::room<FWP_V6_ADDR_AND_MASK>();
}

void write_value(Block& block, const Condition& condition, FWP_CONDITION_VALUE0& value) {
  value.type = static_cast<FWP_DATA_TYPE>(condition.type);
  const Bytes& bytes = condition.value;
  const auto host = [&] {
    return static_cast<UINT32>(bytes[0]) << 24 | static_cast<UINT32>(bytes[1]) << 16 |
           static_cast<UINT32>(bytes[2]) << 8 | bytes[3];
  };
  if (condition.type == FWP_V4_ADDR_MASK) {
    value.v4AddrMask = block.take<FWP_V4_ADDR_AND_MASK>();
    value.v4AddrMask->addr = host();
    value.v4AddrMask->mask = bytes[4] == 0 ? 0 : ~UINT32{0} << (32 - bytes[4]);
  } else if (condition.type == FWP_V6_ADDR_MASK) {
    value.v6AddrMask = block.take<FWP_V6_ADDR_AND_MASK>();
    std::memcpy(value.v6AddrMask->addr, bytes.data(), 16);
    value.v6AddrMask->prefixLength = bytes[16];
  } else if (condition.type == FWP_UINT32 && bytes.size() == 5) {
    value.uint32 = host();
  } else {
    std::memcpy(&value.uint32, bytes.data(), bytes.size());
  }
}

FWPM_FILTER0* write(Block& block, const Filter& filter) {
  auto* out = block.take<FWPM_FILTER0>();
  out->filterKey = native(filter.key);
  out->filterId = filter.id;
  out->flags = filter.flags;
  out->layerKey = native(filter.layer);
  out->subLayerKey = native(filter.sublayer);
  out->action.type = filter.action;
  if (filter.provider) {
    out->providerKey = block.take<GUID>();
    *out->providerKey = native(*filter.provider);
  }
  out->displayData.name = block.take<wchar_t>(filter.name.size() + 1);
  for (std::size_t i = 0; i < filter.name.size(); ++i) out->displayData.name[i] = static_cast<wchar_t>(filter.name[i]);
  out->weight.type = static_cast<FWP_DATA_TYPE>(filter.weight_type);
  if (filter.weight_type == FWP_UINT64) {
    out->weight.uint64 = block.take<UINT64>();
    *out->weight.uint64 = filter.weight;
  } else {
    out->weight.uint8 = static_cast<UINT8>(filter.weight);
  }
  out->numFilterConditions = static_cast<UINT32>(filter.conditions.size());
  out->filterCondition = block.take<FWPM_FILTER_CONDITION0>(filter.conditions.size());
  for (std::size_t i = 0; i < filter.conditions.size(); ++i) {
    out->filterCondition[i].fieldKey = native(filter.conditions[i].field);
    out->filterCondition[i].matchType = static_cast<FWP_MATCH_TYPE>(filter.conditions[i].match);
    write_value(block, filter.conditions[i], out->filterCondition[i].conditionValue);
  }
  return out;
}

}  // namespace

FWPM_FILTER0* hand_out(const Filter& filter) {
  Block block(room_for(filter));
  return write(block, filter);
}

FWPM_SUBLAYER0* hand_out(const Sublayer& sublayer) {
  Block block(Block::room<FWPM_SUBLAYER0>() + Block::room<GUID>());
  auto* out = block.take<FWPM_SUBLAYER0>();
  out->subLayerKey = native(sublayer.key);
  out->flags = static_cast<UINT16>(sublayer.flags);
  out->weight = sublayer.weight;
  if (sublayer.provider) {
    out->providerKey = block.take<GUID>();
    *out->providerKey = native(*sublayer.provider);
  }
  return out;
}

FWPM_FILTER0** hand_out(const std::vector<Filter>& filters) {
  std::size_t size = Block::room<FWPM_FILTER0*>(filters.size() + 1);
  for (const Filter& filter : filters) size += room_for(filter);
  Block block(size);
  auto** out = block.take<FWPM_FILTER0*>(filters.size() + 1);
  for (std::size_t i = 0; i < filters.size(); ++i) out[i] = write(block, filters[i]);
  return out;
}

}  // namespace jitgate::wfp_model
