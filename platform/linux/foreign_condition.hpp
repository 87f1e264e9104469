#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a rule of somebody else asks of a packet, as far as it says for which ports it is. Pure.
namespace jitgate::nft {

/// A property of a packet, as a number.
enum class Field : std::uint8_t {
  protocol,    ///< IPPROTO_x
  port,        ///< the destination's
  state,       ///< of its connection, as nf_tables has it: one bit
  loopback,    ///< 1: it came in through `lo`
  redirected,  ///< 1: its connection's destination was rewritten (DNAT)
};
inline constexpr std::size_t kFields = 5;

struct ValueRange {
  std::uint32_t first;
  std::uint32_t last;  ///< inclusive
  friend auto operator<=>(ValueRange, ValueRange) = default;
};
/// Sorted and disjoint, where a function here has made them.
using ValueRanges = std::vector<ValueRange>;

[[nodiscard]] ValueRange every_value(Field field);
[[nodiscard]] ValueRanges intersection(const ValueRanges& a, const ValueRanges& b);
/// Every other value of the field; `values` in any order.
[[nodiscard]] ValueRanges others(Field field, ValueRanges values);
/// In which of these connection states a packet may be: for each bit of the mask, that bit.
[[nodiscard]] ValueRanges states_of(std::uint32_t mask);
/// Only the loopback interface is called or numbered so; `name` as it lies in a register.
[[nodiscard]] bool is_loopback(std::span<const std::byte> name_or_index);

/// A comparison with values that the rule itself names.
struct Condition {
  Field field;
  ValueRanges values;
};

/// Where in the key of a set a field is.
struct KeyPart {
  Field field;
  std::size_t offset = 0;
  std::size_t width = 0;  ///< bytes
};
/// A look into a set, or into a verdict map. The parts of its key that are no field are any.
struct SetCondition {
  std::string set;
  bool inverted = false;  ///< what is not in the set goes on
  std::vector<KeyPart> parts;
};

/// The packets that meet conditions: those that have each field in its ranges.
class PacketClass {
 public:
  PacketClass();  ///< every packet

  [[nodiscard]] const ValueRanges& values(Field field) const { return fields_[static_cast<std::size_t>(field)]; }
  void narrow(Field field, const ValueRanges& values);
  [[nodiscard]] PacketClass narrowed(const PacketClass& other) const;
  [[nodiscard]] bool empty() const;
  /// Some packet of it may open a connection from outside to this port. What was established before, what a helper
  /// expects, what comes over loopback and what was redirected needs another rule to have been let in.
  [[nodiscard]] bool opens(std::uint8_t protocol, std::uint16_t port) const;
  friend auto operator<=>(const PacketClass&, const PacketClass&) = default;

 private:
  std::array<ValueRanges, kFields> fields_;
};

/// The values of a field between two keys of a set (the same one twice: of an element); all of them where the keys do
/// not say.
[[nodiscard]] ValueRanges values_between(const KeyPart& part, std::span<const std::byte> first,
                                         std::span<const std::byte> last);

}  // namespace jitgate::nft
