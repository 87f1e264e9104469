#include <bit>
#include <charconv>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

void read_backend(MapReader& map, BackendKind& backend) {
  const auto field = map.get("backend");
  if (!field) return;
  if (scalar_text(*field) == "wfp") {
    field->not_supported("write backend: nftables, or none for a dry run");
    return;
  }
  assign(backend, read_choice<BackendKind>(*field, {{"nftables", BackendKind::nftables}, {"none", BackendKind::none}}));
}

/// "0x7f000000" or decimal; nullopt when it is no 32-bit number.
std::optional<std::uint32_t> parse_bits(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::uint32_t bits = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), bits, hexadecimal ? 16 : 10);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return bits;
}

void read_mark(const Field& field, std::uint32_t& mask) {
  // One bit for what is granted, one for what is not, and one or more for the chains of others.
  constexpr int kFewestBits = 3;
  MapReader map(field);
  const auto value = map.require("mask", "a 32-bit number with three bits or more, such as 0x7f000000");
  map.done();
  if (!value) return;
  const auto bits = parse_bits(scalar_text(*value).value_or(std::string_view()));
  if (!bits || std::popcount(*bits) < kFewestBits) {
    return value->wrong(shown(*value) + " is no such mask",
                        "a 32-bit number with three bits or more, such as 0x7f000000");
  }
  mask = *bits;
}

}  // namespace

void read_enforcement(const Field& field, bool audit_mode, Config& config) {
  MapReader map(field);
  read_backend(map, config.backend);
  if (const auto rules = map.get("existingRules")) {
    assign(config.existing_rules, read_choice<ExistingRules>(*rules, {{"honor", ExistingRules::honor},
                                                                      {"override", ExistingRules::override}}));
  }
  if (const auto deny = map.get("denyAction")) {
    assign(config.deny, read_choice<DenyAction>(*deny, {{"drop", DenyAction::drop}, {"reject", DenyAction::reject}}));
  }
  if (audit_mode) config.deny = DenyAction::audit;
  if (const auto mark = map.get("mark")) read_mark(*mark, config.mark_mask);
  if (const auto own = map.get("ownTable")) {
    assign(config.own_table,
           read_choice<OwnTable>(*own, {{"auto", OwnTable::automatic}, {"on", OwnTable::on}, {"off", OwnTable::off}}));
  }
  if (const auto forwarded = map.get("forwarded")) assign(config.forwarded, read_boolean(*forwarded));
  map.done();
}

}  // namespace jitgate
