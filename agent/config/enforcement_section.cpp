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

/// The contract's default is `honor`; taking an absent key for `override` would quietly do something else.
void read_existing_rules(MapReader& map) {
  constexpr const char* kInstead = "write existingRules: override";
  const auto field = map.get("existingRules");
  if (!field) {
    map.section("existingRules").not_supported(std::string("the default is honor; ") + kInstead);
  } else if (scalar_text(*field) == "honor") {
    field->not_supported(kInstead);
  } else if (scalar_text(*field) != "override") {
    field->wrong(shown(*field) + " is not known", "override");
  }
}

void read_forwarded(MapReader& map) {
  const auto field = map.get("forwarded");
  if (field && read_boolean(*field) == true) field->not_supported("write forwarded: false");
}

}  // namespace

void read_enforcement(const Field& field, bool audit_mode, Config& config) {
  MapReader map(field);
  read_backend(map, config.backend);
  read_existing_rules(map);
  if (const auto deny = map.get("denyAction")) {
    assign(config.deny, read_choice<DenyAction>(*deny, {{"drop", DenyAction::drop}, {"reject", DenyAction::reject}}));
  }
  if (audit_mode) config.deny = DenyAction::audit;
  map.unsupported("mark");
  if (const auto own = map.get("ownTable")) {
    assign(config.own_table,
           read_choice<OwnTable>(*own, {{"auto", OwnTable::automatic}, {"on", OwnTable::on}, {"off", OwnTable::off}}));
  }
  read_forwarded(map);
  map.done();
}

}  // namespace jitgate
