#include "platform/windows/wfp_filtering_backend.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "platform/windows/wfp_names.hpp"

namespace jitgate {
namespace {

using wfp::Engine;
using wfp::Filter;
using wfp::Guid;
using wfp::Installed;
using wfp::Status;
using wfp::SublayerState;

constexpr int kBeatsPerStallLimit = 8;

}  // namespace

/// The lock, and what was cut. wanted_ is then what stands.
Result<void> FilteringBackend::raise(const Lock& lock) {
  const auto found = session_.filters();
  if (!found) return found.error();
  const auto sublayer = session_.engine().sublayer();
  if (!sublayer) return sublayer.error();
  if (!lock_) cuts_.adopt(*found);
  cuts_.keep_to(lock);
  auto wanted = wfp::lock_filters(lock, options_.hard_grants);
  std::ranges::move(cuts_.standing(), std::back_inserter(wanted));
  const bool rebuild = *sublayer == SublayerState::altered;
  // No sublayer can be made anew around filters of a session.
  if (rebuild) dynamic_.close();
  if (lock.lifts_at) return raise_on_trial(lock, wanted, *found, rebuild);
  const Status installed = wfp::install(session_.engine(), wanted, *found, dynamic_keys(), rebuild);
  if (!installed.ok()) return session_.failed(installed);
  dynamic_.lift_trial();
  wanted_ = std::move(wanted);
  return {};
}

/// A lock on trial is raised before the lasting one goes, and the other way round.
Result<void> FilteringBackend::raise_on_trial(const Lock& lock, const std::vector<Filter>& wanted,
                                              const std::vector<Installed>& found, bool rebuild) {
  const Status prepared =
      rebuild ? wfp::install(session_.engine(), {}, found, dynamic_keys(), true) : session_.engine().add_sublayer();
  if (!prepared.ok()) return session_.failed(prepared);
  auto raised = dynamic_.raise_trial(wanted, *lock.lifts_at);
  if (!raised) return raised.error();
  wanted_ = std::move(*raised);
  const Status cleared = wfp::install(session_.engine(), {}, found, dynamic_keys(), false);
  if (!cleared.ok()) return session_.failed(cleared);
  return {};
}

Result<void> FilteringBackend::apply(const ReplaceTable& transaction) {
  if (transaction.entries.size() > kMaxEntriesPerTransaction)
    return error(errc::invalid_argument, "more entries than one transaction may hold", "replace table");
  if (const auto raised = raise(transaction.lock); !raised) return raised.error();
  lock_ = transaction.lock;
  if (const auto opened = open_grants(transaction.entries, {}, true); !opened) return opened.error();
  // What the engine holds is what counts; where it differs, trying again at once would never end.
  const auto found = session_.filters();
  if (!found) return found.error();
  denied_.observe(wfp::ports_by_id(*found));
  const auto made = as_made(*found);
  if (!made) return made.error();
  if (*made) return {};
  std::string what = "the engine holds something else in our sublayer than it was given";
  for (const std::string& name : wfp::strangers(*found, wanted_, dynamic_keys())) what += "; not ours: " + name;
  return error(errc::firewall_failed, what, "read back");
}

/// The lock stands in our sublayer, both unaltered, and nothing of others.
Result<bool> FilteringBackend::as_made(const std::vector<Installed>& found) {
  const auto sublayer = session_.engine().sublayer();
  if (!sublayer) return sublayer.error();
  if (lock_->lifts_at && !dynamic_.on_trial()) return false;
  return *sublayer == SublayerState::as_made &&
         wfp::intact(found, wanted_, [this](const Guid& key) { return dynamic_.holds(key); });
}

Result<void> FilteringBackend::open_grants(const std::vector<AllowEntry>& put, const std::vector<AllowKey>& close,
                                           bool only) {
  std::vector<wfp::TimedFilter> filters;
  for (const AllowEntry& entry : put) {
    if (wfp::has_filter(entry.key.port.transport))
      filters.push_back({wfp::grant_filter(entry.key, options_.hard_grants), entry.closes_at});
  }
  std::vector<Guid> gone;
  for (const AllowKey& key : close) {
    if (wfp::has_filter(key.port.transport)) gone.push_back(wfp::grant_filter(key, options_.hard_grants).key);
  }
  return dynamic_.change(filters, gone, only);
}

Result<void> FilteringBackend::apply(const ChangeEntries& transaction) {
  if (!lock_) return error(errc::unavailable, "the table has not been built", "change entries");
  if (transaction.put.size() + transaction.close.size() > kMaxEntriesPerTransaction)
    return error(errc::invalid_argument, "more entries than one transaction may hold", "change entries");
  if (!dynamic_.stands()) return error(errc::unavailable, "the session of the grants has ended", "change entries");
  return open_grants(transaction.put, transaction.close, false);
}

Result<void> FilteringBackend::apply(const RemoveTable&) {
  // On the way out permits go before locks.
  dynamic_.close();
  cuts_.clear();
  const auto found = session_.filters();
  if (!found) return found.error();
  const wfp::Removal removed = wfp::remove_everything(session_.engine(), *found);
  if (!removed.status.ok()) return session_.failed(removed.status);
  for (const std::string& left : removed.left) spdlog::warn("left in the firewall, as others use it: {}", left);
  lock_.reset();
  wanted_.clear();
  return {};
}

Result<ObservedTable> FilteringBackend::read() {
  ObservedTable observed;
  const auto found = session_.filters();
  if (!found) return found.error();
  const auto sublayer = session_.engine().sublayer();
  if (!sublayer) return sublayer.error();
  // An empty one that others hold on to is no table.
  observed.present = *sublayer != SublayerState::absent && (lock_ || !found->empty());
  std::vector<Filter> known;
  for (const Installed& one : *found)
    if (one.filter) known.push_back(*one.filter);
  observed.locked = wfp::ports_locked_by(known);
  if (!lock_) return observed;
  // Nobody can open a port whose protocol Windows does not have.
  for (const TransportPort& port : lock_->ports)
    if (!wfp::has_filter(port.transport)) observed.locked.push_back(port);
  std::ranges::sort(observed.locked);
  const auto made = as_made(*found);
  if (!made) return made.error();
  observed.static_rules_intact = *made && dynamic_.stands();
  if (lock_->lifts_at && !dynamic_.on_trial()) observed.present = false;
  return observed;
}

Result<std::optional<Duration>> FilteringBackend::query(const AllowKey& key) {
  if (!wfp::has_filter(key.port.transport)) return std::optional<Duration>{};
  const Guid filter = wfp::grant_filter(key, options_.hard_grants).key;
  const auto until = dynamic_.until(filter);
  if (!until) return std::optional<Duration>{};
  const auto open = session_.open();
  if (!open) return open.error();
  const auto holds = (*open)->holds(filter);
  if (!holds) return holds.error();
  const Duration left = *until - options_.clock.boot_now();
  return *holds && left > Duration::zero() ? std::optional(left) : std::nullopt;
}

void FilteringBackend::watch(std::function<void(std::string)> on_change) {
  on_change_ = std::move(on_change);
  watched_ = true;
  defender_.refresh();
  subscribe();
}

void FilteringBackend::subscribe() {
  changes_.reset();
  denied_.stop();
  watching_.reset();
  auto opened = Engine::open(wfp::SessionKind::persistent);
  if (!opened) return spdlog::error("changes of the filters go unnoticed: {}", describe(opened.error()));
  watching_ = std::move(*opened);
  auto changes = wfp::subscribe_changes(*watching_, [this, alive = alive_](const Guid& key, bool added) {
    boost::asio::post(io_, [this, alive, key, added] {
      if (*alive) changed(key, added);
    });
  });
  if (changes)
    changes_ = std::move(*changes);
  else
    spdlog::error("changes of the filters go unnoticed: {}", describe(changes.error()));
  if (const auto counting = denied_.start(*watching_); !counting)
    spdlog::warn("what is denied is not counted: {}", describe(counting.error()));
}

/// Our own changes are told too: the watching session made none of them.
void FilteringBackend::changed(const Guid& key, bool added) {
  if (!lock_ || is_dynamic(key)) return;
  const bool ours = std::ranges::any_of(wanted_, [&](const Filter& filter) { return filter.key == key; });
  if (!added) {
    if (ours) verify("a filter of the lock was deleted");
    return;
  }
  if (ours) return;
  const auto open = session_.open();
  const auto sublayer = open ? (*open)->sublayer_of(key) : Result<std::optional<Guid>>(open.error());
  if (sublayer && *sublayer == wfp::kSublayer) verify("somebody put a filter into our sublayer");
}

void FilteringBackend::verify(const std::string& reason) {
  if (!lock_ || !on_change_) return;
  const auto observed = read();
  if (observed && !observed->static_rules_intact) on_change_(reason);
}

/// From the thread that closes grants.
void FilteringBackend::lost(std::string reason) {
  boost::asio::post(io_, [this, alive = alive_, why = std::move(reason)] {
    if (!*alive) return;
    // The lock's session may have ended with the same engine, and a subscription tells nobody that it is over.
    session_.forget();
    if (on_change_ && lock_) on_change_(why);
  });
}

void FilteringBackend::beat() {
  dynamic_.beat();
  // Where it fails it is tried again by the next beat; that the engine fails is found by who looks after the sessions.
  if (lock_ && cuts_.any_over()) static_cast<void>(renew());
  beat_timer_.expires_after(options_.stall_limit / kBeatsPerStallLimit);
  beat_timer_.async_wait([this, alive = alive_](boost::system::error_code cancelled) {
    if (!cancelled && *alive) beat();
  });
}

/// The lock that stands, with the cuts of now.
Result<void> FilteringBackend::renew() {
  if (lock_->lifts_at && !dynamic_.on_trial())
    return error(errc::unavailable, "the lock on trial is over", "cut established flows");
  const bool granting = dynamic_.stands();
  const auto raised = raise(*lock_);
  if (raised) {
    cuts_.forget_over();
    // Another lock on trial is other filters.
    if (const auto found = session_.filters()) denied_.observe(wfp::ports_by_id(*found));
  }
  // The sublayer was made anew, which closed the grants.
  if (granting && !dynamic_.stands()) lost("our sublayer was altered: every grant was closed");
  return raised;
}

Result<void> FilteringBackend::cut(const std::vector<Connection>& flows) {
  if (flows.empty()) return {};
  if (!lock_) return error(errc::unavailable, "the table has not been built", "cut established flows");
  cuts_.add(flows);
  return renew();
}

Result<std::unique_ptr<WfpBackend>> make_wfp_backend(const WfpBackendOptions& options, boost::asio::io_context& io) {
  auto engine = Engine::open(wfp::SessionKind::persistent);
  if (!engine) return engine.error();
  return std::unique_ptr<WfpBackend>(std::make_unique<FilteringBackend>(options, std::move(*engine), io));
}

}  // namespace jitgate
