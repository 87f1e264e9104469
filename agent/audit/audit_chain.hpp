#pragma once

#include "agent/audit/audit_event.hpp"
#include "agent/model/digest.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// What the first record is chained to.
inline constexpr Digest kAuditGenesis{};

/// The hash of `event`, the record after the one whose hash is `previous`:
///
///   SHA-256("jitgate audit 1" NUL, previous (32 bytes), sequence (8), at (8, nanoseconds since 1970, two's
///   complement),
///           then operation, outcome, caller, peer, grant_id, resource, justification, reason, each as length (8) and
///           bytes)
///
/// with integers big-endian. Where an event has ports or a generation it is "jitgate audit 2" NUL, and ports (length
/// and bytes) and generation (8) follow at the end. The lengths make it unambiguous: no two different events have the
/// same encoding. Whoever knows the last hash can tell whether any record before it was altered, removed or moved;
/// records at the end can be cut off unnoticed unless the last hash is known from elsewhere.
[[nodiscard]] Digest audit_link(const Digest& previous, const AuditEvent& event);

/// A record and its hash, as it is noted where the database cannot be reached (the journal): whoever has it can tell
/// whether that record, or one before it, was altered or cut off since.
struct AuditHead {
  std::uint64_t sequence = 0;
  Digest hash = kAuditGenesis;
  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

/// An event as it stands in the trail.
struct AuditRecord {
  AuditEvent event;
  Digest hash;
};

/// What a check of the trail found whole.
struct AuditSpan {
  std::uint64_t first = 1;  ///< what was before it is pruned
  AuditHead newest;         ///< of a trail that was never written: sequence 0
  [[nodiscard]] std::uint64_t records() const { return newest.sequence + 1 - first; }
};

/// "12:9f86d0..."
[[nodiscard]] std::string to_string(const AuditHead& head);
[[nodiscard]] Result<AuditHead> parse_audit_head(std::string_view text);

}  // namespace jitgate
