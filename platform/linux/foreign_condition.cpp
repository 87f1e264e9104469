#include "platform/linux/foreign_condition.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace jitgate::nft {
namespace {

constexpr std::uint32_t kLoopbackIndex = 1;
// NF_CT_STATE_BIT() of what no rule let in before: invalid, new and untracked.
constexpr std::array<std::uint32_t, 3> kUnjudgedStates{1, 8, 64};

bool holds(const ValueRanges& ranges, std::uint32_t value) {
  return std::ranges::any_of(ranges,
                             [value](const ValueRange& range) { return range.first <= value && value <= range.last; });
}

ValueRange value_range(std::uint32_t value) {
  return {value, value};
}

std::uint32_t host_word(std::span<const std::byte> bytes) {
  std::uint32_t word = 0;
  if (bytes.size() >= sizeof word) std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

std::uint32_t network_number(std::span<const std::byte> bytes) {
  std::uint32_t number = 0;
  for (const std::byte byte : bytes) number = number << 8U | std::to_integer<std::uint32_t>(byte);
  return number;
}

}  // namespace

ValueRange every_value(Field field) {
  switch (field) {
    case Field::protocol:
      return {0, 255};
    case Field::port:
      return {0, 65535};
    case Field::state:
      return {0, 127};
    case Field::loopback:
    case Field::redirected:
      break;
  }
  return {0, 1};
}

ValueRanges intersection(const ValueRanges& a, const ValueRanges& b) {
  ValueRanges both;
  for (const ValueRange& one : a) {
    for (const ValueRange& other : b) {
      const ValueRange common{std::max(one.first, other.first), std::min(one.last, other.last)};
      if (common.first <= common.last) both.push_back(common);
    }
  }
  std::ranges::sort(both);
  return both;
}

ValueRanges others(Field field, ValueRanges values) {
  std::ranges::sort(values);
  ValueRanges rest;
  ValueRange left = every_value(field);
  for (const ValueRange& range : values) {
    if (range.first > left.first) rest.push_back({left.first, std::min(range.first - 1, left.last)});
    if (range.last >= left.last) return rest;
    left.first = std::max(left.first, range.last + 1);
  }
  rest.push_back(left);
  return rest;
}

ValueRanges states_of(std::uint32_t mask) {
  ValueRanges states;
  for (std::uint32_t bit = 1; bit <= every_value(Field::state).last; bit <<= 1U) {
    if ((mask & bit) != 0) states.push_back(value_range(bit));
  }
  return states;
}

bool is_loopback(std::span<const std::byte> name_or_index) {
  if (name_or_index.size() == sizeof kLoopbackIndex) {
    if (host_word(name_or_index) == kLoopbackIndex) return true;
  }
  static constexpr std::string_view kName("lo\0", 3);
  return name_or_index.size() >= kName.size() && std::memcmp(name_or_index.data(), kName.data(), kName.size()) == 0;
}

PacketClass::PacketClass() {
  for (std::size_t field = 0; field < kFields; ++field) fields_.at(field) = {every_value(static_cast<Field>(field))};
}

void PacketClass::narrow(Field field, const ValueRanges& values) {
  ValueRanges& mine = fields_[static_cast<std::size_t>(field)];
  mine = intersection(mine, values);
}

PacketClass PacketClass::narrowed(const PacketClass& other) const {
  PacketClass both = *this;
  for (std::size_t field = 0; field < kFields; ++field) both.narrow(static_cast<Field>(field), other.fields_.at(field));
  return both;
}

bool PacketClass::empty() const {
  return std::ranges::any_of(fields_, [](const ValueRanges& ranges) { return ranges.empty(); });
}

bool PacketClass::opens(std::uint8_t protocol, std::uint16_t port) const {
  const auto unjudged = [this](std::uint32_t state) { return holds(values(Field::state), state); };
  return holds(values(Field::protocol), protocol) && holds(values(Field::port), port) &&
         std::ranges::any_of(kUnjudgedStates, unjudged) && holds(values(Field::loopback), 0) &&
         holds(values(Field::redirected), 0);
}

ValueRanges values_between(const KeyPart& part, std::span<const std::byte> first, std::span<const std::byte> last) {
  const ValueRanges all{every_value(part.field)};
  if (first.size() < part.offset + part.width || last.size() != first.size()) return all;
  first = first.subspan(part.offset, part.width);
  last = last.subspan(part.offset, part.width);
  switch (part.field) {
    case Field::protocol:
    case Field::port:
      return {{network_number(first), network_number(last)}};
    case Field::state:
      return std::ranges::equal(first, last) ? states_of(host_word(first)) : all;
    case Field::loopback:
      return std::ranges::equal(first, last) ? ValueRanges{value_range(is_loopback(first) ? 1 : 0)} : all;
    case Field::redirected:
      break;
  }
  return all;
}

}  // namespace jitgate::nft
