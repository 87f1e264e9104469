// The oldest records go, and the chain stays whole: the hash of the last of them is kept as its origin, and a record of
// the pruning names it.
#include <algorithm>

#include "agent/model/duration.hpp"
#include "agent/store/audit_row.hpp"
#include "agent/store/audit_table.hpp"
#include "agent/store/grant_row.hpp"

namespace jitgate {
namespace {

constexpr std::uint64_t kMostAtOnce = 1'000;

/// Not one by one, or every record would bring the record of a pruning.
std::uint64_t step_of(const AuditRetention& keep) {
  return std::clamp<std::uint64_t>(keep.records / 10, 1, kMostAtOnce);
}

Duration patience_of(const AuditRetention& keep) {
  return std::min<Duration>(keep.age / 10, std::chrono::days(1));
}

/// Times before 1970 are nobody's.
WallTime before(WallTime now, Duration age) {
  return now - WallTime{} > age ? now - age : WallTime{};
}

/// How many records there are beyond those to be kept, once it is worth a step.
std::uint64_t too_many(const AuditRetention& keep, std::uint64_t records) {
  return records > keep.records ? records - keep.records + step_of(keep) : 0;
}

std::string why(const AuditRetention& keep, bool by_count) {
  if (by_count) return "more than " + std::to_string(keep.records) + " records";
  return "older than " + to_iso_duration(keep.age);
}

}  // namespace

Result<bool> AuditTable::prune_is_due(const AuditRetention& keep, WallTime now) {
  const auto begins = origin();
  if (!begins) return begins.error();
  const auto ends = newest();
  if (!ends) return ends.error();
  if (too_many(keep, ends->sequence - std::min(begins->sequence, ends->sequence)) > 0) return true;
  const ResetAtEnd at_end(sql_.oldest);
  auto there = sql_.oldest.step();
  if (!there) return there.error();
  return *there && WallTime(Duration(sql_.oldest.integer(0))) < before(now, keep.age + patience_of(keep));
}

Result<AuditHead> AuditTable::last_to_prune(const AuditHead& origin, std::uint64_t too_many, WallTime horizon,
                                            std::size_t rows) {
  AuditCheck progress{.noted = std::nullopt};
  progress.checked = origin.sequence;
  progress.hash = origin.hash;
  const ResetAtEnd at_end(sql_.next);
  sql_.next.bind(1, progress.last_row).bind(2, static_cast<std::int64_t>(rows));
  for (;;) {
    auto there = sql_.next.step();
    if (!there) return there.error();
    if (!*there) break;
    const bool old = WallTime(Duration(sql_.next.integer(1))) < horizon;
    if (!old && progress.checked - origin.sequence >= too_many) break;
    // What was tampered with is evidence.
    if (auto good = check_link(progress, sql_.next); !good) return good.error();
  }
  return AuditHead{progress.checked, progress.hash};
}

Result<std::optional<AuditRecord>> AuditTable::prune(const AuditRetention& keep, WallTime now, std::size_t rows) {
  const auto due = prune_is_due(keep, now);
  if (!due) return due.error();
  if (!*due) return std::optional<AuditRecord>();
  const auto begins = origin();
  if (!begins) return begins.error();
  const auto ends = newest();
  if (!ends) return ends.error();
  const auto beyond = too_many(keep, ends->sequence - begins->sequence);
  const auto last = last_to_prune(*begins, beyond, before(now, keep.age), rows);
  if (!last) return last.error();
  if (last->sequence == begins->sequence) return std::optional<AuditRecord>();

  const auto sequence = static_cast<std::int64_t>(last->sequence);
  if (auto removed = sql_.remove.bind(1, sequence).run(); !removed) return removed.error();
  const auto moved = sql_.set_origin.bind(1, sequence).bind_blob(2, as_bytes(last->hash)).run();
  if (!moved) return moved.error();
  AuditEvent pruned;
  pruned.at = now;
  pruned.operation = kPruneOperation;
  pruned.outcome = "Succeeded";
  pruned.caller = "jitgated";
  pruned.resource = prune_resource(*last);
  pruned.reason = why(keep, beyond > 0);
  auto recorded = append({&pruned, 1});
  if (!recorded) return recorded.error();
  return std::optional(std::move(recorded->front()));
}

}  // namespace jitgate
