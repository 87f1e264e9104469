// What sources take back: revocations, what they hold no more, and their silence.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "agent/control/source_desk.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

/// Closed in one turn of the event loop.
constexpr std::size_t kEndedAtOnce = 100;

}  // namespace

/// Closes what is open of it. False: nothing was.
bool SourceDesk::end_in(StoreChange& change, const std::string& id, StatusReason reason, AuditEvent happened) {
  const GrantRecord* record = book_.find(id);
  if (record == nullptr) return false;
  const auto ports = record->states.size();
  for (std::size_t port = 0; port < ports; ++port) {
    if (auto closed = book_.close({id, port}, reason)) change.update.push_back(std::move(*closed));
  }
  happened.reason = std::string(to_string(reason)) + (happened.reason.empty() ? "" : "; " + happened.reason);
  change.audit.push_back(std::move(happened));
  return true;
}

/// They are closed. What cannot be written now is written later, and does not open again after a restart.
awaitable<void> SourceDesk::write_endings(StoreChange change, std::vector<std::string> ids) {
  auto copy = change;
  const auto written = co_await recorder_.commit(std::move(copy));
  if (written) co_return;
  recorder_.record(std::move(change));
  for (const std::string& id : ids) hooks_.unrecorded(id);
}

bool SourceDesk::may_revoke(const SourceConfig& source, const Notice& notice, const GrantRecord& record) {
  if (notice.signer || record.source == source.name) return true;
  refuse(source, notice.key, notice.revocation.digest,
         error(errc::refused, "the grant " + notice.revocation.id + " came from " + record.source +
                                  "; another source revokes it by the signature of somebody who may"),
         about(record.grant));
  return false;
}

/// What is open is closed before anything is written; what could not be written is tried again, by the same delivery or
/// the next one.
awaitable<Result<void>> SourceDesk::revoke(const SourceConfig& source, std::vector<Notice> notices) {
  StoreChange change;
  std::vector<std::string> ended;
  std::vector<Notice> early;
  for (Notice& notice : notices) {
    const std::string id = notice.revocation.id;
    const GrantRecord* record = book_.find(id);
    if (record == nullptr) {
      early.push_back(std::move(notice));
    } else if (may_revoke(source, notice, *record)) {
      auto happened = event(clock_.wall_now(), "grant.revoke", source_caller(source.name, notice.signer),
                            about(record->grant), notice.signer ? "signed by " + describe(*notice.signer) : "");
      (void)end_in(change, id, notice.revocation.reason, std::move(happened));
      ended.push_back(id);
      remember(source.name, notice.key, "", notice.revocation.digest);
    }
  }
  if (!ended.empty()) co_await write_endings(std::move(change), std::move(ended));
  for (const Notice& notice : early) {
    if (auto revoked = co_await revoke_early(source, notice); !revoked) co_return revoked;
  }
  co_return Result<void>{};
}

/// Of a grant that is not live here: it may still come.
awaitable<Result<void>> SourceDesk::revoke_early(const SourceConfig& source, const Notice& notice) {
  const std::string& id = notice.revocation.id;
  std::vector<std::string> ids(1, id);
  const auto known = co_await store_.known(std::move(ids));
  if (!known) co_return known.error();
  const KnownId& one = known->front();
  if (one.grant && !one.grant->ended) {
    refuse(source, notice.key, notice.revocation.digest,
           error(errc::conflict, id + " is a request that nobody has decided on; it is denied, not revoked", "id"),
           about_grant(id));
    co_return Result<void>{};
  }
  const bool said = std::ranges::any_of(
      one.revocations, [&source](const EarlyRevocation& before) { return before.source == source.name; });
  if (one.grant || said) {
    remember(source.name, notice.key, "", notice.revocation.digest);
    co_return Result<void>{};
  }
  const Caller caller = source_caller(source.name, notice.signer);
  StoreChange change;
  change.early_revocations.push_back({id, source.name, notice.revocation.reason,
                                      notice.signer ? notice.signer->principal : std::string(), clock_.wall_now()});
  change.audit.push_back(event(clock_.wall_now(), "grant.revoke", caller, about_grant(id),
                               std::string(to_string(notice.revocation.reason)) + "; before the grant has come"));
  const auto written = co_await recorder_.commit(std::move(change));
  if (written) remember(source.name, notice.key, "", notice.revocation.digest);
  if (written || written.error().code != errc::too_many) co_return written;
  refuse(source, notice.key, notice.revocation.digest, written.error(), about_grant(id));
  co_return Result<void>{};
}

/// The source holds these no more; those that nobody else holds end.
awaitable<void> SourceDesk::withdraw(std::string source, std::vector<std::string> ids) {
  StoreChange change;
  std::vector<std::string> ended;
  for (const std::string& id : ids) {
    if (!claims_.holds(source, id) || claims_.has_key(source, id)) continue;
    const bool last = claims_.remove(source, id);
    const GrantRecord* record = book_.find(id);
    if (record == nullptr) continue;
    change.claims.push_back({id, source, false});
    auto happened = event(clock_.wall_now(), last ? "grant.withdraw" : "grant.release", source_caller(source, {}),
                          about(record->grant), "its source does not hold it any more");
    if (!last) {
      change.audit.push_back(std::move(happened));
    } else if (end_in(change, id, StatusReason::user_requested, std::move(happened))) {
      ended.push_back(id);
      if (ended.size() % kEndedAtOnce == 0) co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    }
  }
  // Those that only silent sources hold now.
  hold_silent();
  if (!change.claims.empty()) co_await write_endings(std::move(change), std::move(ended));
}

bool SourceDesk::kept_closed(const std::string& id) const {
  return !silent_.empty() && claims_.all().contains(id) && !claims_.held_beside(silent_, id);
}

void SourceDesk::hold_silent() {
  if (silent_.empty()) return;
  std::vector<GrantPortRef> held;
  for (const auto& ref : book_.live_ports()) {
    if (kept_closed(ref.grant_id)) held.push_back(ref);
  }
  book_.hold(held);
}

/// Of ten thousand that open again, the kernel is told at once.
void SourceDesk::release(const std::vector<std::string>& ids) {
  std::vector<GrantPortRef> ports;
  for (const std::string& id : ids) {
    const GrantRecord* record = book_.find(id);
    if (record == nullptr) continue;
    for (std::size_t port = 0; port < record->states.size(); ++port) ports.push_back({id, port});
  }
  book_.release(ports);
}

void SourceDesk::advance() {
  std::set<std::string> silent;
  for (auto& [source, contact] : contacts_) {
    contact.observe(clock_);
    if (contact.silent(clock_)) silent.insert(source);
  }
  if (silent == silent_) return;
  const auto before = std::exchange(silent_, std::move(silent));
  std::vector<std::string> heard_again;
  for (const auto& [id, holders] : claims_.all()) {
    if (!kept_closed(id)) heard_again.push_back(id);
  }
  release(heard_again);
  hold_silent();
  StoreChange change;
  const auto note = [&](const std::string& source, const char* operation, const char* what) {
    change.audit.push_back(event(clock_.wall_now(), operation, source_caller(source, {}), source, what));
  };
  for (const std::string& source : silent_) {
    if (!before.contains(source)) note(source, "source.silent", "not heard of for too long: what it granted is closed");
  }
  for (const std::string& source : before) {
    if (!silent_.contains(source)) note(source, "source.heard", "heard of again: what it granted is open again");
  }
  recorder_.record(std::move(change));
}

std::optional<BootTime> SourceDesk::next_event() const {
  std::optional<BootTime> next;
  for (const auto& [source, contact] : contacts_) {
    const auto at = contact.silent_at(clock_);
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

}  // namespace jitgate
