#include "agent/model/ruleset.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace jitgate {
namespace {

/// A step of FNV-1a, eight bytes at a time, with its high half folded down: the table uses the low bits.
std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  const std::uint64_t product = (state ^ word) * 0x9e3779b97f4a7c15;
  return product ^ (product >> 32);
}

}  // namespace

// Computed several times for each of ten thousand entries of a restart.
std::size_t AllowKeyHash::operator()(const AllowKey& key) const {
  std::array<std::uint64_t, 2> address{};
  const auto bytes = key.source.bytes();
  std::memcpy(address.data(), bytes.data(), bytes.size());
  const std::uint64_t rest = std::uint64_t{key.source.length()} << 32 |
                             std::uint64_t{static_cast<std::uint8_t>(key.port.transport)} << 16 |
                             key.port.number.value();
  return static_cast<std::size_t>(mix(mix(mix(0xcbf29ce484222325, address[0]), address[1]), rest));
}

}  // namespace jitgate
