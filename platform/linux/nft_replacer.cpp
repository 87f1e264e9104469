#include "platform/linux/nft_replacer.hpp"

#include <cerrno>
#include <utility>

#include "platform/linux/nft_contents.hpp"
#include "platform/linux/nft_element.hpp"
#include "platform/linux/nft_skeleton.hpp"

namespace jitgate::nft {
namespace {

constexpr int kAttempts = 4;

}  // namespace

std::variant<Installed, BatchFailure> TableReplacer::replace(const ReplaceTable& transaction, Batch& batch) {
  for (int attempt = 1;; ++attempt) {
    if (auto refilled = refill(transaction, batch)) return std::move(*refilled);
    batch.begin_next();
    remove_existing(batch);
    Installed next = fill(transaction, batch);
    const auto failure = batch.submit(owner_);
    if (!failure) return next;
    if (!adapt(*failure) || attempt == kAttempts) return *failure;
  }
}

std::optional<BatchFailure> TableReplacer::remove(Batch& batch) {
  for (int attempt = 1;; ++attempt) {
    batch.begin_next();
    remove_existing(batch);
    batch.end();
    const auto failure = batch.submit(owner_);
    if (!failure || !adapt(*failure) || attempt == kAttempts) return failure;
  }
}

/// Puts the new rules in place of the old ones without a moment in which a packet is judged by neither. nullopt: there
/// is no table that this can be done with, and nothing was changed.
std::optional<Installed> TableReplacer::refill(const ReplaceTable& transaction, Batch& batch) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto contents = reader_.contents();
    if (!contents || !*contents || (*contents)->strange) return std::nullopt;
    const std::uint32_t flags = (*contents)->table.flags;
    const bool orphan = owning_ && flags == kTablePersist;
    if (flags != table_flags() && !orphan) return std::nullopt;
    batch.begin_next((*contents)->generation);
    // Before anything else: an orphan is not adopted with changes of its chains under way.
    if (orphan) add_table(batch, table_flags());
    empty_table(batch, **contents, make_ruleset(transaction.lock, marks_, {}));
    Installed next = fill(transaction, batch);
    const auto failure = batch.submit(owner_);
    if (!failure) return next;
    if (failure->error_number != ERESTART) return std::nullopt;
  }
  return std::nullopt;
}

/// The rest of the transaction: the table with everything in it.
Installed TableReplacer::fill(const ReplaceTable& transaction, Batch& batch) const {
  const BootTime now = clock_.boot_now();
  Installed installed(transaction.lock);
  add_table(batch, table_flags());
  add_ruleset(batch, make_ruleset(transaction.lock, marks_, {}));
  ElementWriter writer(batch);
  for (const AllowEntry& entry : transaction.entries) installed.put(batch, writer, entry, now, false);
  writer.close();
  // The lock goes last, but it takes effect together with everything before it.
  ElementWriter locking(batch);
  installed.lock_ports(locking, now);
  batch.end();
  return installed;
}

/// Deletes whatever table is there, with the transaction that builds the new one.
void TableReplacer::remove_existing(Batch& batch) const {
  if (can_destroy_) return destroy_table(batch);
  // Before 6.3: add it first, so that there is something to delete. Such a kernel knows no persist flag that could be
  // in the way.
  add_table(batch, 0);
  delete_table(batch);
}

/// A kernel that lacks something we asked for: do without it. False when there is nothing to be done without.
bool TableReplacer::adapt(const BatchFailure& failure) {
  const bool unknown = failure.error_number == EINVAL || failure.error_number == EOPNOTSUPP;
  if (unknown && failure.operation == Operation::destroy_table && can_destroy_) {
    can_destroy_ = false;
    return true;
  }
  if (unknown && failure.operation == Operation::add_table && owning_) {
    owning_ = false;
    return true;
  }
  return false;
}

}  // namespace jitgate::nft
