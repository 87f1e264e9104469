#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

constexpr const char* kOnlyLocal = "only {name: local, type: local} is";
constexpr std::size_t kMaxSources = 100;

bool is_later_type(std::optional<std::string_view> type) {
  return type == "directory" || type == "http" || type == "azure";
}

/// True when this is the local source.
bool read_source(const Field& field) {
  MapReader map(field);
  const auto name = map.require("name", "local");
  const auto type = map.require("type", "local");
  if (type && is_later_type(scalar_text(*type))) {
    type->not_supported(kOnlyLocal);
    return false;  // its other keys belong to a schema that is not read yet
  }
  if (type && scalar_text(*type) != "local") type->wrong(shown(*type) + " is not a type of source", "local");
  if (name && read_text(*name, "a name", 64) && scalar_text(*name) != "local") name->not_supported(kOnlyLocal);
  map.done();
  return type && scalar_text(*type) == "local";
}

}  // namespace

void read_sources(const Field& field) {
  const auto elements = read_list(field, "a list of sources", 1, kMaxSources);
  if (!elements) return;
  std::size_t local = 0;
  for (const Field& element : *elements) {
    if (read_source(element) && ++local > 1) element.wrong("the local source is given twice", "it once");
  }
}

}  // namespace jitgate
