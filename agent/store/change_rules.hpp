#pragma once

#include <string>

#include "agent/store/grant_store.hpp"

namespace jitgate {

// What every GrantStore holds its changes to, so that no two of them disagree.

/// The record can be read back as it is: its document describes its grant, its digest is the document's, each port has
/// a state. Otherwise errc::invalid_argument.
[[nodiscard]] Result<void> check_record(const GrantRecord& record);

/// `ended_at` is set exactly when the status is Revoked; otherwise errc::invalid_argument.
[[nodiscard]] Result<void> check_state(const PortState& state, const std::string& grant_id);

/// From `before` to `after` is no way back: a port that has ended never opens again (errc::conflict).
[[nodiscard]] Result<void> check_transition(Status before, const StateChange& change);

/// errc::conflict: the id is stored already. The message says whether with other bytes, ended or live.
[[nodiscard]] Error id_taken(const std::string& id, bool same_bytes, bool ended);

/// errc::not_found: a state change for a port that is not stored.
[[nodiscard]] Error no_such_port(const StateChange& change);

/// There is no such request (errc::not_found), or it is decided on already (errc::conflict).
[[nodiscard]] Error not_pending(const std::string& id, bool stored);

/// The latest end of the grant's ports: what it is remembered from.
[[nodiscard]] WallTime latest_end(const Grant& grant);

/// Initiated, or with connections still to be cut: what load() gives back.
[[nodiscard]] bool is_live(const PortState& state);

}  // namespace jitgate
