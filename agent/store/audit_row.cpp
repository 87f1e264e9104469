#include "agent/store/audit_row.hpp"

#include <algorithm>

namespace jitgate {
namespace {

constexpr int kHashColumn = 12;

}  // namespace

AuditEvent read_audit_event(const SqliteStatement& row) {
  AuditEvent event;
  event.sequence = static_cast<std::uint64_t>(row.integer(0));
  event.at = WallTime(Duration(row.integer(1)));
  event.operation = row.bytes(2);
  event.outcome = row.bytes(3);
  event.caller = row.bytes(4);
  event.peer = row.bytes(5);
  event.grant_id = row.bytes(6);
  event.resource = row.bytes(7);
  event.justification = row.bytes(8);
  event.reason = row.bytes(9);
  event.ports = row.bytes(10);
  event.generation = static_cast<std::uint32_t>(row.integer(11));
  return event;
}

std::optional<Digest> audit_hash(const SqliteStatement& row) {
  return digest_from(row.bytes(kHashColumn));
}

std::optional<Digest> digest_from(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) return std::nullopt;
  std::ranges::copy(bytes, reinterpret_cast<char*>(digest.bytes.data()));
  return digest;
}

Error broken_trail(std::uint64_t sequence, std::string what) {
  return error(errc::store_failed, "the audit trail is broken: " + std::move(what),
               "audit[" + std::to_string(sequence) + "]");
}

std::string prune_resource(const AuditHead& last) {
  return "records up to " + to_string(last);
}

}  // namespace jitgate
