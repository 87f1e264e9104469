#include <algorithm>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxMembers = 256;
constexpr std::size_t kMaxName = 256;

void read_names(MapReader& map, std::string_view key, std::vector<std::string>& names) {
  const auto field = map.get(key);
  const auto elements = field ? read_list(*field, "a list of names", 0, kMaxMembers) : std::nullopt;
  if (!elements) return;
  for (const Field& element : *elements) {
    const auto name = read_text(element, "a name", kMaxName);
    if (!name) continue;
    if (std::ranges::find(names, *name) != names.end())
      element.wrong(shown(element) + " is given twice", "each name once");
    names.push_back(*name);
  }
}

/// A role that is written down replaces its default whole: who is not named does not have it.
void read_role(MapReader& access, std::string_view key, RoleMembers& role) {
  const auto field = access.get(key);
  if (!field) return;
  if (field->is_null()) {
    field->wrong("an empty value says neither everybody nor nobody", "{users: [..], groups: [..]}");
    return;
  }
  RoleMembers members;
  MapReader map(*field);
  read_names(map, "users", members.users);
  read_names(map, "groups", members.groups);
  map.done();
  role = std::move(members);
}

}  // namespace

void read_access(const Field& field, Config& config) {
  MapReader map(field);
  read_role(map, "reader", config.access.reader);
  read_role(map, "requester", config.access.requester);
  read_role(map, "approver", config.access.approver);
  read_role(map, "administrator", config.access.administrator);
  const RoleMembers& administrator = config.access.administrator;
  if (administrator.users.empty() && administrator.groups.empty()) {
    map.section("administrator").wrong("nobody is left who can unlock the host", "at least one user or group");
  }
  map.done();
}

}  // namespace jitgate
