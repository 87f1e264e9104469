#include "platform/linux/nft_backend.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "platform/linux/denied_totals.hpp"
#include "platform/linux/exposure_report.hpp"
#include "platform/linux/foreign_keeper.hpp"
#include "platform/linux/nft_element.hpp"
#include "platform/linux/nft_installed.hpp"
#include "platform/linux/nft_reader.hpp"
#include "platform/linux/nft_refusal.hpp"
#include "platform/linux/nft_skeleton.hpp"
#include "platform/linux/nft_table.hpp"
#include "platform/linux/nft_watcher.hpp"
#include "platform/linux/owner_socket.hpp"

namespace jitgate {
namespace {

using nft::BatchFailure;
using nft::Installed;
using nft::Operation;

constexpr std::uint32_t kTableDormant = 0x1;  // NFT_TABLE_F_DORMANT: the chains judge nothing
// Sequence numbers start over before the end of our range, so that no transaction crosses it.
constexpr std::uint32_t kSequenceReset = kLastOwnSequence - 0x10000;
constexpr int kAttempts = 4;

class NetlinkBackend final : public NftBackend {
 public:
  NetlinkBackend(const NftBackendOptions& options, NetlinkSocket owner, nft::Reader reader,
                 std::unique_ptr<nft::Watcher> watcher, nft::ForeignChains foreign, boost::asio::io_context& io)
      : clock_(options.clock),
        marks_(options.marks),
        owning_(options.own_table),
        owner_(std::move(owner)),
        reader_(std::move(reader)),
        watcher_(std::move(watcher)),
        foreign_(std::move(foreign), io,
                 [this](std::uint32_t generation, const auto& fill) { return commit_foreign(generation, fill); }) {}

  Result<void> commit(const FirewallTransaction& transaction) override {
    return std::visit([&](const auto& one) { return apply(one); }, transaction);
  }

  Result<ObservedTable> read() override;
  Result<std::optional<Duration>> query(const AllowKey& key) override { return reader_.remaining(key); }
  Result<DenyCounter> denied() override;
  std::uint32_t generation() override {
    const Result<std::uint32_t> generation = reader_.generation();
    return generation ? *generation : 0;
  }
  Result<ExistingRulesReport> existing_rules(const Lock& lock) override;
  void watch(std::function<void(std::string)> on_change) override;
  void drain_events() override { watcher_->drain(); }
  std::string name() const override { return "nftables"; }
  int owner_socket() const override { return owner_.fd(); }

 private:
  Result<void> apply(const ReplaceTable& transaction);
  Result<void> apply(const ChangeEntries& transaction);
  Result<void> apply(const RemoveTable& transaction);

  void begin(std::optional<std::uint32_t> generation = std::nullopt) {
    batch_.begin(batch_.next_sequence() > kSequenceReset ? 1 : std::max(1U, batch_.next_sequence()), generation);
  }
  std::optional<BatchFailure> commit_foreign(std::uint32_t generation, const std::function<void(nft::Batch&)>& fill);
  void foreign_changed();
  void remove_existing();
  bool refill(const ReplaceTable& transaction);
  Installed fill(const ReplaceTable& transaction);
  void accept(Installed installed);
  [[nodiscard]] std::uint32_t table_flags() const { return owning_ ? nft::kTableOwner | nft::kTablePersist : 0; }
  void build(const ChangeEntries& transaction, bool assume_present);
  bool adapt(const BatchFailure& failure);
  Error explain(const BatchFailure& failure) { return nft::explain(failure, reader_, owner_.port_id()); }

  const Clock& clock_;
  nft::MarkBits marks_;
  bool owning_;
  bool can_destroy_ = true;  ///< the kernel knows NFT_MSG_DESTROYTABLE
  NetlinkSocket owner_;
  nft::Reader reader_;
  std::unique_ptr<nft::Watcher> watcher_;
  nft::Batch batch_;
  nft::ForeignKeeper foreign_;
  std::optional<Installed> installed_;
  nft::DeniedTotals denied_;
};

// Deletes whatever table is there, with the transaction that builds the new one.
void NetlinkBackend::remove_existing() {
  if (can_destroy_) return nft::destroy_table(batch_);
  // Before 6.3: add it first, so that there is something to delete. Such a kernel knows no persist flag that could be
  // in the way.
  nft::add_table(batch_, 0);
  nft::delete_table(batch_);
}

/// A kernel that lacks something we asked for: do without it. False when there is nothing to be done without.
bool NetlinkBackend::adapt(const BatchFailure& failure) {
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

/// Puts the new rules in place of the old ones without a moment in which a packet is judged by neither. False: there is
/// no table that this can be done with, and nothing was changed.
bool NetlinkBackend::refill(const ReplaceTable& transaction) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto contents = reader_.contents();
    if (!contents || !*contents || (*contents)->strange) return false;
    const std::uint32_t flags = (*contents)->table.flags;
    const bool orphan = owning_ && flags == nft::kTablePersist;
    if (flags != table_flags() && !orphan) return false;
    begin((*contents)->generation);
    // Before anything else: an orphan is not adopted with changes of its chains under way.
    if (orphan) nft::add_table(batch_, table_flags());
    nft::empty_table(batch_, **contents, nft::make_ruleset(transaction.lock, marks_, {}));
    Installed next = fill(transaction);
    const auto failure = batch_.submit(owner_);
    if (!failure) {
      accept(std::move(next));
      return true;
    }
    if (failure->error_number != ERESTART) return false;
  }
  return false;
}

Installed NetlinkBackend::fill(const ReplaceTable& transaction) {
  const BootTime now = clock_.boot_now();
  Installed installed(transaction.lock);
  nft::add_table(batch_, table_flags());
  nft::add_ruleset(batch_, nft::make_ruleset(transaction.lock, marks_, {}));
  nft::ElementWriter writer(batch_);
  for (const AllowEntry& entry : transaction.entries) installed.put(batch_, writer, entry, now, false);
  writer.close();
  // The lock goes last, but it takes effect together with everything before it.
  nft::ElementWriter locking(batch_);
  installed.lock_ports(locking, now);
  batch_.end();
  return installed;
}

void NetlinkBackend::accept(Installed installed) {
  installed.accepted();
  installed_ = std::move(installed);
  denied_.table_ended();
}

Result<void> NetlinkBackend::apply(const ReplaceTable& transaction) {
  if (transaction.entries.size() > kMaxEntriesPerTransaction) {
    return error(errc::invalid_argument, "more entries than one transaction may hold", "replace table");
  }
  // First the chains of others: what they are to accept is accepted from the lock's first moment. A failure there is
  // no reason to go without a lock.
  static_cast<void>(foreign_.aim(nft::goal_of(transaction.lock)));
  static_cast<void>(denied());  // for the last time from the table that goes
  std::optional<BatchFailure> failure;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (refill(transaction)) return {};
    begin();
    remove_existing();
    Installed next = fill(transaction);
    failure = batch_.submit(owner_);
    if (!failure) {
      accept(std::move(next));
      return {};
    }
    if (!adapt(*failure)) break;
  }
  return explain(*failure);
}

void NetlinkBackend::build(const ChangeEntries& transaction, bool assume_present) {
  const BootTime now = clock_.boot_now();
  begin();
  nft::ElementWriter writer(batch_);
  for (const AllowEntry& entry : transaction.put) installed_->put(batch_, writer, entry, now, assume_present);
  for (const AllowKey& key : transaction.close) installed_->close(writer, key);
  writer.close();
  batch_.end();
}

Result<void> NetlinkBackend::apply(const ChangeEntries& transaction) {
  if (!installed_) return error(errc::unavailable, "the table has not been built", "change entries");
  if (transaction.put.size() + transaction.close.size() > kMaxEntriesPerTransaction) {
    return error(errc::invalid_argument, "more entries than one transaction may hold", "change entries");
  }
  bool assume_present = false;
  for (int attempt = 0;; ++attempt) {
    build(transaction, assume_present);
    const auto failure = batch_.empty() ? std::nullopt : batch_.submit(owner_);
    if (!failure) {
      installed_->accepted(transaction, clock_.boot_now());
      return {};
    }
    installed_->refused();
    // Our record was wrong: write every entry in the way that works whether it is there or not.
    const bool unexpected = failure->operation == Operation::create_element && failure->error_number == EEXIST;
    // Before 6.9 an element can expire between the message that adds it and the one that deletes it.
    const bool expired = failure->operation == Operation::delete_element && failure->error_number == ENOENT;
    if (attempt + 1 == kAttempts || (!unexpected && !expired)) return explain(*failure);
    assume_present = assume_present || unexpected;
  }
}

Result<void> NetlinkBackend::apply(const RemoveTable&) {
  static_cast<void>(denied());
  std::optional<BatchFailure> failure;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    begin();
    remove_existing();
    batch_.end();
    failure = batch_.submit(owner_);
    if (!failure) {
      installed_.reset();
      denied_.table_ended();
      return foreign_.aim(nft::ForeignChains::Goal::nothing);
    }
    if (!adapt(*failure)) break;
  }
  return explain(*failure);
}

std::optional<BatchFailure> NetlinkBackend::commit_foreign(std::uint32_t generation,
                                                           const std::function<void(nft::Batch&)>& fill) {
  begin(generation);
  fill(batch_);
  batch_.end();
  return batch_.submit(owner_);
}

void NetlinkBackend::watch(std::function<void(std::string)> on_change) {
  watcher_->start({std::move(on_change), [this] { foreign_changed(); },
                   [this](std::uint8_t family, const std::string& table, const std::string& set) {
                     return foreign_.chains().watches_set(family, table, set);
                   }});
}

/// Rules of ours in the chains of others are there as long as our table is: when somebody released it, they go too.
void NetlinkBackend::foreign_changed() {
  if (!installed_) return;
  const auto table = reader_.table();
  const bool stands = !table || *table;
  static_cast<void>(foreign_.aim(stands ? nft::goal_of(installed_->lock()) : nft::ForeignChains::Goal::nothing));
}

Result<DenyCounter> NetlinkBackend::denied() {
  const auto counted = reader_.denied();
  if (!counted) return counted.error();
  denied_.observe(*counted);
  return denied_.totals();
}

Result<ExistingRulesReport> NetlinkBackend::existing_rules(const Lock& lock) {
  // An owner's end frees its table without an event, and iptables-legacy never sends one.
  foreign_changed();
  ExistingRulesReport report;
  report.problems = foreign_.problems();
  auto exposures = nft::read_exposures(reader_, foreign_.chains(), marks_, lock);
  if (!exposures) return exposures.error();
  report.exposures = std::move(*exposures);
  return report;
}

Result<ObservedTable> NetlinkBackend::read() {
  ObservedTable observed;
  const auto table = reader_.table();
  if (!table) return table.error();
  if (!*table) return observed;
  observed.present = true;
  observed.owned = ((*table)->flags & nft::kTableOwner) != 0 && (*table)->owner == owner_.port_id();
  const auto locked = reader_.locked();
  if (!locked) return locked.error();
  if (*locked) observed.locked = **locked;
  if (!installed_ || !*locked || ((*table)->flags & kTableDormant) != 0) return observed;
  const Result<bool> holds = reader_.holds(nft::make_ruleset(installed_->lock(), marks_, installed_->sets()));
  if (!holds) return holds.error();
  observed.static_rules_intact = *holds;
  return observed;
}

}  // namespace

Result<std::unique_ptr<NftBackend>> make_nft_backend(const NftBackendOptions& options, boost::asio::io_context& io) {
  Result<NetlinkSocket> owner = owner_socket_for(options.adopted_owner_socket);
  if (!owner) return owner.error();
  Result<nft::Reader> reader = nft::Reader::open();
  if (!reader) return reader.error();
  Result<std::unique_ptr<nft::Watcher>> watcher = nft::make_watcher(io, owner->port_id());
  if (!watcher) return watcher.error();
  Result<nft::ForeignChains> foreign = nft::ForeignChains::open(options.marks);
  if (!foreign) return foreign.error();
  return std::unique_ptr<NftBackend>(std::make_unique<NetlinkBackend>(options, std::move(*owner), std::move(*reader),
                                                                      std::move(*watcher), std::move(*foreign), io));
}

}  // namespace jitgate
