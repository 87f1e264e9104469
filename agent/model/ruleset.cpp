#include "agent/model/ruleset.hpp"

#include <cstdint>

namespace jitgate {
namespace {

/// FNV-1a, 64 bit.
class Fnv {
 public:
  void add(std::uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3; }
  std::size_t value() const { return static_cast<std::size_t>(state_); }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace

std::size_t AllowKeyHash::operator()(const AllowKey& key) const noexcept {
  Fnv hash;
  for (const std::uint8_t byte : key.source.bytes()) hash.add(byte);
  hash.add(static_cast<std::uint8_t>(key.source.length()));
  hash.add(static_cast<std::uint8_t>(key.port.transport));
  hash.add(static_cast<std::uint8_t>(key.port.number.value() >> 8));
  hash.add(static_cast<std::uint8_t>(key.port.number.value() & 0xff));
  return hash.value();
}

}  // namespace jitgate
