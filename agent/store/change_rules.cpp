#include "agent/store/change_rules.hpp"

#include <algorithm>

#include "agent/model/grant_document.hpp"

namespace jitgate {
namespace {

std::string named(const std::string& id) {
  return "grant \"" + id + "\"";
}

}  // namespace

Result<void> check_state(const PortState& state, const std::string& grant_id) {
  if ((state.status == Status::revoked) == state.ended_at.has_value()) return {};
  return error(errc::invalid_argument, "a port has an end time exactly when it has ended", named(grant_id));
}

Result<void> check_record(const GrantRecord& record) {
  const std::string target = named(record.grant.id);
  auto described = parse_grant_document(record.document);
  if (!described) {
    return error(errc::invalid_argument, "the document cannot be read: " + describe(described.error()), target);
  }
  if (*described != record.grant)
    return error(errc::invalid_argument, "the document does not describe this grant", target);
  if (record.states.size() != record.grant.ports.size()) {
    return error(errc::invalid_argument, "a grant has one state for each of its ports", target);
  }
  for (const PortState& state : record.states) {
    if (auto sound = check_state(state, record.grant.id); !sound) return sound;
  }
  return {};
}

Result<void> check_transition(Status before, const StateChange& change) {
  if (auto sound = check_state(change.state, change.grant_id); !sound) return sound;
  if (before == Status::revoked && change.state.status == Status::initiated) {
    return error(errc::conflict, "port " + std::to_string(change.port) + " has ended and never opens again",
                 named(change.grant_id));
  }
  return {};
}

Error id_taken(const std::string& id, bool same_bytes, bool ended) {
  if (!same_bytes) return error(errc::conflict, "the id is taken by a grant with other content", named(id));
  if (ended) return error(errc::conflict, "the grant has ended and never opens again", named(id));
  return error(errc::conflict, "the grant is stored already", named(id));
}

Error not_pending(const std::string& id, bool stored) {
  if (!stored) return error(errc::not_found, "there is no such request", named(id));
  return error(errc::conflict, "the request is not pending any more", named(id));
}

Error no_such_port(const StateChange& change) {
  return error(errc::not_found, "there is no port " + std::to_string(change.port) + " of such a grant",
               named(change.grant_id));
}

WallTime latest_end(const Grant& grant) {
  WallTime latest{};
  for (const GrantPort& port : grant.ports) latest = std::max(latest, port.end);
  return latest;
}

bool is_live(const PortState& state) {
  return state.status == Status::initiated || state.cut_pending;
}

}  // namespace jitgate
