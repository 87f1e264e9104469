#include "platform/linux/nft_backend.hpp"

#include <cerrno>
#include <utility>

#include "platform/linux/denied_totals.hpp"
#include "platform/linux/exposure_report.hpp"
#include "platform/linux/foreign_keeper.hpp"
#include "platform/linux/nft_element.hpp"
#include "platform/linux/nft_installed.hpp"
#include "platform/linux/nft_reader.hpp"
#include "platform/linux/nft_refusal.hpp"
#include "platform/linux/nft_replacer.hpp"
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
constexpr int kAttempts = 4;

class NetlinkBackend final : public NftBackend {
 public:
  NetlinkBackend(const NftBackendOptions& options, NetlinkSocket owner, nft::Reader reader,
                 std::unique_ptr<nft::Watcher> watcher, nft::ForeignChains foreign, boost::asio::io_context& io)
      : clock_(options.clock),
        marks_(options.marks),
        owner_(std::move(owner)),
        reader_(std::move(reader)),
        replacer_(options.clock, options.marks, options.own_table, owner_, reader_),
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

  std::optional<BatchFailure> commit_foreign(std::uint32_t generation, const std::function<void(nft::Batch&)>& fill);
  void foreign_changed();
  void build(const ChangeEntries& transaction, bool assume_present);
  Error explain(const BatchFailure& failure) { return nft::explain(failure, reader_, owner_.port_id()); }

  const Clock& clock_;
  nft::MarkBits marks_;
  NetlinkSocket owner_;
  nft::Reader reader_;
  nft::TableReplacer replacer_;
  std::unique_ptr<nft::Watcher> watcher_;
  nft::Batch batch_;
  nft::ForeignKeeper foreign_;
  std::optional<Installed> installed_;
  nft::DeniedTotals denied_;
};

Result<void> NetlinkBackend::apply(const ReplaceTable& transaction) {
  if (transaction.entries.size() > kMaxEntriesPerTransaction) {
    return error(errc::invalid_argument, "more entries than one transaction may hold", "replace table");
  }
  // First the chains of others: what they are to accept is accepted from the lock's first moment. A failure there is
  // no reason to go without a lock.
  static_cast<void>(foreign_.aim(nft::goal_of(transaction.lock)));
  static_cast<void>(denied());  // for the last time from the table that goes
  auto replaced = replacer_.replace(transaction, batch_);
  if (const auto* failure = std::get_if<BatchFailure>(&replaced)) return explain(*failure);
  installed_ = std::get<Installed>(std::move(replaced));
  installed_->accepted();
  denied_.table_ended();
  return {};
}

void NetlinkBackend::build(const ChangeEntries& transaction, bool assume_present) {
  const BootTime now = clock_.boot_now();
  batch_.begin_next();
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
  if (const auto failure = replacer_.remove(batch_)) return explain(*failure);
  installed_.reset();
  denied_.table_ended();
  return foreign_.aim(nft::ForeignChains::Goal::nothing);
}

std::optional<BatchFailure> NetlinkBackend::commit_foreign(std::uint32_t generation,
                                                           const std::function<void(nft::Batch&)>& fill) {
  batch_.begin_next(generation);
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
  // Ports in a set that nobody asks are not locked.
  if (((*table)->flags & kTableDormant) != 0) return observed;
  const auto judges = reader_.has_rules();
  if (!judges) return judges.error();
  if (!*judges) return observed;
  const auto locked = reader_.locked();
  if (!locked) return locked.error();
  if (*locked) observed.locked = **locked;
  if (!installed_ || !*locked) return observed;
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
