#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/audit/audit_chain.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// The columns that read_audit_event() and audit_hash() expect, in this order.
inline constexpr const char* kAuditColumns =
    "sequence, at, operation, outcome, caller, peer, grant_id, resource, justification, reason, ports, generation, "
    "hash";

[[nodiscard]] AuditEvent read_audit_event(const SqliteStatement& row);
/// nullopt: what is stored is no hash.
[[nodiscard]] std::optional<Digest> audit_hash(const SqliteStatement& row);
[[nodiscard]] std::optional<Digest> digest_from(std::string_view bytes);

/// "the audit trail is broken: ...", about this record.
[[nodiscard]] Error broken_trail(std::uint64_t sequence, std::string what);

inline constexpr const char* kPruneOperation = "audit.prune";
/// What the record of a pruning names: the last record that was pruned.
[[nodiscard]] std::string prune_resource(const AuditHead& last);

}  // namespace jitgate
