#include <bit>
#include <charconv>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "platform/host_defaults.hpp"

namespace jitgate {
namespace {

/// Only the firewall that this host has.
void read_backend(MapReader& map, BackendKind& backend) {
  const auto field = map.get("backend");
  if (!field) return;
  const auto chosen = read_choice<BackendKind>(
      *field, {{"nftables", BackendKind::nftables}, {"wfp", BackendKind::wfp}, {"none", BackendKind::none}});
  if (chosen && *chosen != BackendKind::none && *chosen != native_backend())
    return field->not_supported("this host's is " + host_defaults().firewall + ", or none for a dry run");
  assign(backend, chosen);
}

/// What the Windows Filtering Platform cannot do is refused rather than ignored.
void refuse_with_wfp(const std::optional<Field>& field, std::string_view value, const char* why, const char* expected) {
  if (field && (value.empty() || scalar_text(*field) == value)) field->wrong(why, expected);
}

void check_for_wfp(MapReader& map) {
  refuse_with_wfp(map.get("existingRules"), "honor",
                  "the Windows Filtering Platform cannot tell what others accept: the lock always wins", "override");
  refuse_with_wfp(map.get("denyAction"), "reject", "the Windows Filtering Platform drops without an answer", "drop");
  refuse_with_wfp(map.get("forwarded"), "true",
                  "the Windows Filtering Platform is asked about this host's own ports only", "false");
  refuse_with_wfp(map.get("mark"), "", "packets have no marks on Windows", "nothing");
  refuse_with_wfp(map.get("ownTable"), "", "there is no table to be owned on Windows", "nothing");
}

void read_grants(MapReader& map, BackendKind backend, bool& hard) {
  const auto field = map.get("grants");
  if (!field) return;
  if (backend == BackendKind::nftables)
    return field->wrong("grants are hard or soft with the Windows Filtering Platform only",
                        "nothing; existingRules says what wins");
  assign(hard, read_choice<bool>(*field, {{"soft", false}, {"hard", true}}));
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
  if (config.backend == BackendKind::wfp) check_for_wfp(map);
  read_grants(map, config.backend, config.hard_grants);
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
