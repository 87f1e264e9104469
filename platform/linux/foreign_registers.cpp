#include "platform/linux/foreign_registers.hpp"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cstring>

namespace jitgate::nft {
namespace {

constexpr std::size_t kWord = sizeof(std::uint32_t);

/// NFT_REG_1 to NFT_REG_4 are four words each.
std::size_t word_of(std::uint32_t reg) {
  return reg >= NFT_REG32_00 ? reg - NFT_REG32_00 : (std::max<std::uint32_t>(reg, NFT_REG_1) - NFT_REG_1) * 4;
}

std::optional<std::uint32_t> host_word(std::span<const std::byte> bytes) {
  std::uint32_t word = 0;
  if (bytes.size() != sizeof word) return std::nullopt;
  std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

/// Connection state and status are sets of bits: whether any of them is there.
std::optional<Condition> compare_bits(Field field, std::uint32_t mask, std::uint32_t op, std::uint32_t value) {
  if (value != 0 || (op != NFT_CMP_EQ && op != NFT_CMP_NEQ)) return std::nullopt;
  ValueRanges some;
  if (field == Field::state) some = states_of(mask);
  if (field == Field::redirected && mask == IPS_DST_NAT) some = {{1, 1}};
  if (some.empty()) return std::nullopt;
  return Condition{field, op == NFT_CMP_NEQ ? some : others(field, some)};
}

std::optional<Condition> compare_loopback(std::uint32_t op, std::span<const std::byte> value) {
  if (!is_loopback(value)) return std::nullopt;
  if (op == NFT_CMP_EQ) return Condition{Field::loopback, {{1, 1}}};
  if (op == NFT_CMP_NEQ) return Condition{Field::loopback, {{0, 0}}};
  return std::nullopt;
}

ValueRanges below(std::uint32_t limit) {
  return limit == 0 ? ValueRanges{} : ValueRanges{{0, limit - 1}};
}

std::optional<Condition> compare_number(Field field, std::uint32_t op, const ValueRanges& value) {
  const std::uint32_t number = value.front().first;
  switch (op) {
    case NFT_CMP_EQ:
      return Condition{field, value};
    case NFT_CMP_NEQ:
      return Condition{field, others(field, value)};
    case NFT_CMP_LT:
      return Condition{field, below(number)};
    case NFT_CMP_LTE:
      return Condition{field, {{0, number}}};
    case NFT_CMP_GT:
      return Condition{field, others(field, {{0, number}})};
    case NFT_CMP_GTE:
      return Condition{field, others(field, below(number))};
    default:
      return std::nullopt;
  }
}

bool is_number(Field field) {
  return field == Field::protocol || field == Field::port;
}

}  // namespace

void Registers::forget(std::size_t word, std::size_t length) {
  const std::size_t end = word + std::max<std::size_t>(1, (length + kWord - 1) / kWord);
  std::erase_if(loaded_, [&](const auto& one) {
    return one.first < end && one.first + (one.second.length + kWord - 1) / kWord > word;
  });
}

void Registers::load(std::uint32_t reg, std::size_t length, std::optional<KeyPart> part) {
  forget(word_of(reg), length);
  if (part) loaded_.insert_or_assign(word_of(reg), Loaded{*part, length, std::nullopt});
}

void Registers::combine(std::uint32_t from, std::uint32_t to, std::span<const std::byte> mask,
                        std::span<const std::byte> flip) {
  const Loaded* found = find(from);
  std::optional<Loaded> combined;
  // Only bits are masked in a way that we understand; an address's prefix, say, is no field.
  if (found != nullptr && !is_number(found->part.field) && !found->mask && host_word(flip) == 0U) {
    combined = *found;
    combined->mask = host_word(mask);
    if (!combined->mask) combined.reset();
  }
  forget(word_of(to), std::max<std::size_t>(mask.size(), kWord));
  if (combined) loaded_.insert_or_assign(word_of(to), *combined);
}

const Registers::Loaded* Registers::find(std::uint32_t reg) const {
  const auto found = loaded_.find(word_of(reg));
  return found == loaded_.end() ? nullptr : &found->second;
}

std::optional<Condition> Registers::compare(std::uint32_t reg, std::uint32_t op,
                                            std::span<const std::byte> value) const {
  const Loaded* loaded = find(reg);
  if (loaded == nullptr) return std::nullopt;
  const Field field = loaded->part.field;
  if (field == Field::loopback) return loaded->mask ? std::nullopt : compare_loopback(op, value);
  if (!is_number(field)) {
    const auto bits = host_word(value);
    if (!bits) return std::nullopt;
    if (loaded->mask) return compare_bits(field, *loaded->mask, op, *bits);
    if (field != Field::state || op != NFT_CMP_EQ) return std::nullopt;
    return Condition{field, states_of(*bits)};
  }
  if (value.size() != loaded->length) return std::nullopt;
  // Loaded together with what is beside it in the header, it can only be told when all of it is equal.
  if (loaded->length != loaded->part.width && op != NFT_CMP_EQ) return std::nullopt;
  return compare_number(field, op, values_between(loaded->part, value, value));
}

std::optional<Condition> Registers::compare_range(std::uint32_t reg, bool inside, std::span<const std::byte> first,
                                                  std::span<const std::byte> last) const {
  const Loaded* loaded = find(reg);
  if (loaded == nullptr || !is_number(loaded->part.field) || loaded->length != loaded->part.width) return std::nullopt;
  if (first.size() != loaded->length || last.size() != loaded->length) return std::nullopt;
  const ValueRanges between = values_between(loaded->part, first, last);
  return Condition{loaded->part.field, inside ? between : others(loaded->part.field, between)};
}

std::vector<KeyPart> Registers::parts(std::uint32_t reg) const {
  std::vector<KeyPart> parts;
  for (auto one = loaded_.lower_bound(word_of(reg)); one != loaded_.end(); ++one) {
    if (one->second.mask) continue;
    KeyPart part = one->second.part;
    part.offset += (one->first - word_of(reg)) * kWord;
    parts.push_back(part);
  }
  return parts;
}

}  // namespace jitgate::nft
