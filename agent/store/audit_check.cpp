// The chain against whoever has the file: altered, removed, moved, put in front, cut off, and pruned without a record.
#include <string>

#include "agent/store/audit_row.hpp"
#include "agent/store/audit_table.hpp"

namespace jitgate {
namespace {

Error removed(std::uint64_t first, std::uint64_t last) {
  if (first == last) return broken_trail(first, "record " + std::to_string(first) + " was removed");
  return broken_trail(first, "records " + std::to_string(first) + " to " + std::to_string(last) + " were removed");
}

/// What was noted and lies at the origin or before it.
Result<void> check_noted_at_origin(AuditCheck& progress, const AuditHead& origin) {
  if (!progress.noted || progress.noted->sequence > origin.sequence) return {};
  if (progress.noted->sequence < origin.sequence) {
    return error(errc::not_found,
                 "record " + std::to_string(progress.noted->sequence) + " was pruned: the trail begins after " +
                     to_string(origin) + ", and only that or a later record can be compared",
                 "head");
  }
  if (progress.noted->hash != origin.hash)
    return broken_trail(origin.sequence,
                        "the pruned record " + std::to_string(origin.sequence) + " is not the one that was noted");
  progress.noted.reset();
  return {};
}

}  // namespace

Result<void> check_link(AuditCheck& progress, const SqliteStatement& row) {
  const std::uint64_t expected = progress.checked + 1;
  const std::int64_t sequence = row.integer(0);
  if (sequence < static_cast<std::int64_t>(expected)) return broken_trail(expected, "a record was put in front");
  if (sequence > static_cast<std::int64_t>(expected))
    return removed(expected, static_cast<std::uint64_t>(sequence) - 1);
  const AuditEvent event = read_audit_event(row);
  const Digest hash = audit_link(progress.hash, event);
  if (audit_hash(row) != hash)
    return broken_trail(expected, "record " + std::to_string(expected) + " was altered or is not in its place");
  if (progress.noted && progress.noted->sequence == expected) {
    if (progress.noted->hash != hash)
      return broken_trail(expected, "record " + std::to_string(expected) + " is not the one that was noted");
    progress.noted.reset();
  }
  if (event.operation == kPruneOperation) progress.pruned = event.resource;
  progress.last_row = sequence;
  progress.checked = expected;
  progress.hash = hash;
  return {};
}

/// A check begins after what was pruned, and goes on after what was pruned meanwhile.
Result<void> AuditTable::begin_check(AuditCheck& progress, const AuditHead& origin) {
  if (origin.sequence <= progress.checked) return {};
  if (auto fine = check_noted_at_origin(progress, origin); !fine) return fine;
  progress.checked = origin.sequence;
  progress.hash = origin.hash;
  return {};
}

Result<void> AuditTable::check_end(const AuditCheck& progress, const AuditHead& origin) {
  if (progress.noted) {
    return broken_trail(progress.checked + 1, "records up to " + std::to_string(progress.noted->sequence) +
                                                  ", which was noted, were removed");
  }
  const auto recorded = newest();
  if (!recorded) return broken_trail(progress.checked + 1, recorded.error().message);
  if (recorded->sequence > progress.checked) {
    return broken_trail(progress.checked + 1,
                        "records up to " + std::to_string(recorded->sequence) + " were removed at the end");
  }
  if (recorded->hash != progress.hash) {
    return broken_trail(progress.checked, "its head is not that of record " + std::to_string(progress.checked));
  }
  // The record of a pruning is newer than what it pruned, so the last one is there, and names where the trail begins.
  const std::string pruned = origin.sequence == 0 ? "" : prune_resource(origin);
  if (progress.pruned != pruned) {
    return broken_trail(origin.sequence + 1, "it begins after record " + std::to_string(origin.sequence) +
                                                 ", and its last pruning was of " +
                                                 (progress.pruned.empty() ? "nothing" : progress.pruned));
  }
  return {};
}

Result<std::optional<AuditSpan>> AuditTable::check(AuditCheck& progress, std::size_t rows) {
  const auto begins = origin();
  if (!begins) return broken_trail(1, begins.error().message);
  if (auto begun = begin_check(progress, *begins); !begun) return begun.error();
  std::size_t seen = 0;
  {
    const ResetAtEnd at_end(sql_.next);
    sql_.next.bind(1, progress.last_row).bind(2, static_cast<std::int64_t>(rows));
    for (;; ++seen) {
      auto more = sql_.next.step();
      if (!more) return more.error();
      if (!*more) break;
      if (auto good = check_link(progress, sql_.next); !good) return good.error();
    }
  }
  if (seen == rows) return std::optional<AuditSpan>();
  if (auto whole = check_end(progress, *begins); !whole) return whole.error();
  return std::optional(AuditSpan{begins->sequence + 1, {progress.checked, progress.hash}});
}

}  // namespace jitgate
