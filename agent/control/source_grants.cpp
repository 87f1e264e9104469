// Grants that sources deliver: which are new, which are held by one source more, and how the new ones open.
#include <algorithm>

#include "agent/control/source_desk.hpp"
#include "agent/signature/acceptance.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

/// Opened by one transaction of the store and one load of the kernel: some milliseconds.
constexpr std::size_t kOpenedAtOnce = 500;

/// What was revoked before it came, as far as that counts for this source.
const EarlyRevocation* revocation_for(const KnownId& known, const std::string& source) {
  const auto counts = [&source](const EarlyRevocation& revocation) {
    return !revocation.signer.empty() || revocation.source == source;
  };
  const auto found = std::ranges::find_if(known.revocations, counts);
  return found == known.revocations.end() ? nullptr : &*found;
}

std::string believed_because(const Grant& grant, const std::optional<signature::VerifiedSigner>& signer) {
  std::string why = "requested by " + grant.requestor;
  if (grant.approver) why += "; approved by " + *grant.approver;
  return why + (signer ? "; signed by " + describe(*signer) : "; not signed");
}

}  // namespace

awaitable<Result<void>> SourceDesk::take_grants(const SourceConfig& source, std::vector<Candidate> candidates) {
  for (auto next = candidates.begin(); next != candidates.end();) {
    const auto end = next + std::min<std::ptrdiff_t>(kOpenedAtOnce, candidates.end() - next);
    std::vector<Candidate> some;
    std::move(next, end, std::back_inserter(some));
    if (auto taken = co_await take_some(source, std::move(some)); !taken) co_return taken;
    next = end;
  }
  co_return Result<void>{};
}

/// Which of them open: those that nobody knows yet, that the policy allows, and that there is room for.
awaitable<Result<void>> SourceDesk::take_some(const SourceConfig& source, std::vector<Candidate> candidates) {
  std::vector<std::string> ids;
  for (const Candidate& candidate : candidates) ids.push_back(candidate.grant.id);
  const auto known = co_await store_.known(ids);
  if (!known) co_return known.error();
  if (const auto same = still_configured(source); !same) co_return same;
  const auto ready = hooks_.can_open();
  bool left_out = false;
  std::map<std::string, Digest> seen;
  std::vector<Candidate> fresh;
  Quota quota = quota_of(source.name);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    auto is_new = is_fresh(source, candidate, (*known)[i], seen);
    if (is_new && *is_new) {
      left_out = left_out || !ready;
      if (!ready) continue;
      if (const auto allowed = hooks_.judge(candidate.grant); !allowed) is_new = allowed.error();
    }
    if (is_new && *is_new) {
      if (const auto room = within(candidate.grant, quota); !room) is_new = room.error();
    }
    if (!is_new) {
      refuse(source, candidate.key, candidate.grant.digest, is_new.error(), about(candidate.grant));
      continue;
    }
    seen.try_emplace(candidate.grant.id, candidate.grant.digest);
    if (*is_new)
      fresh.push_back(std::move(candidate));
    else
      keep_claim(source, candidate);
  }
  if (!fresh.empty()) {
    if (auto opened = co_await open(source, std::move(fresh)); !opened) co_return opened;
  }
  co_return left_out ? ready : Result<void>{};
}

/// False: it is known, and there is nothing to open.
Result<bool> SourceDesk::is_fresh(const SourceConfig& source, const Candidate& candidate, const KnownId& known,
                                  const std::map<std::string, Digest>& seen) const {
  const Grant& grant = candidate.grant;
  std::optional<signature::KnownGrant> before;
  if (known.grant) before = {known.grant->digest, known.grant->ended};
  if (const auto twice = seen.find(grant.id); twice != seen.end()) before = {twice->second, false};
  // One that has run its time is still there with many a source, and is no news.
  const bool over = known.grant && known.grant->expired && known.grant->digest == grant.digest;
  if (over) return false;
  if (const auto* revoked = revocation_for(known, source.name); revoked != nullptr && !before) {
    return error(errc::conflict,
                 "the grant " + grant.id + " was revoked before it came (" + std::string(to_string(revoked->reason)) +
                     ") by " + (revoked->signer.empty() ? "source " + revoked->source : revoked->signer),
                 "id");
  }
  const auto identity = signature::judge_identity(grant, before);
  if (!identity) return identity.error();
  return *identity == signature::Identity::fresh;
}

SourceDesk::Quota SourceDesk::quota_of(const std::string& source) const {
  Quota quota{book_.requestors_of(source)};
  for (const auto& [requestor, count] : quota.of_requestor) quota.all += count;
  return quota;
}

Result<void> SourceDesk::within(const Grant& grant, Quota& quota) const {
  if (quota.all >= config_.limits.grants_per_source) {
    return error(errc::too_many, "the source has " + std::to_string(quota.all) +
                                     " grants here already, the limit (limits.grantsPerSource)");
  }
  std::size_t& of_requestor = quota.of_requestor[grant.requestor];
  if (of_requestor >= config_.limits.grants_per_requestor) {
    return error(errc::too_many, grant.requestor + " has " + std::to_string(of_requestor) +
                                     " grants of this source already, the limit (limits.grantsPerRequestor)");
  }
  ++of_requestor;
  ++quota.all;
  return {};
}

/// A grant that is known: this source holds it too, from now on.
void SourceDesk::keep_claim(const SourceConfig& source, const Candidate& candidate) {
  const std::string& id = candidate.grant.id;
  remember(source.name, candidate.key, id, candidate.grant.digest);
  if (book_.find(id) == nullptr) return;
  book_.confirm(id);
  // Only now: what was held back until it was confirmed is another record when it is live.
  const GrantRecord* record = book_.find(id);
  // What was asked for here is nobody's to withdraw but the requestor's.
  if (record == nullptr || find(record->source) == nullptr || claims_.holds(source.name, id)) return;
  claims_.add(source.name, id);
  if (!kept_closed(id)) release({id});
  StoreChange change;
  change.claims.push_back({id, source.name, true});
  change.audit.push_back(event(clock_.wall_now(), "grant.hold", source_caller(source.name, candidate.signer),
                               about(candidate.grant), believed_because(candidate.grant, candidate.signer)));
  recorder_.record(std::move(change));
}

awaitable<Result<void>> SourceDesk::open(const SourceConfig& source, std::vector<Candidate> fresh) {
  StoreChange change;
  std::vector<GrantRecord> records;
  std::set<GrantPortRef> replaced;
  for (Candidate& candidate : fresh) {
    const Caller caller = source_caller(source.name, candidate.signer);
    auto happened = event(clock_.wall_now(), "grant.open", caller, about(candidate.grant),
                          believed_because(candidate.grant, candidate.signer));
    GrantRecord& record = records.emplace_back();
    record.grant = candidate.grant;
    record.document = candidate.document;
    record.source = source.name;
    for (const GrantPort& port : record.grant.ports) record.states.push_back(book_.fresh_state(port));
    for (const auto& ref : book_.replaced_by(record.grant, record.source)) {
      if (!replaced.insert(ref).second) continue;
      change.update.push_back(book_.ending(ref, StatusReason::newer_request_initiated));
      change.audit.push_back(port_event(clock_.wall_now(), "grant.replace", caller, book_.find(ref.grant_id)->grant,
                                        ref.port, StatusReason::newer_request_initiated));
    }
    change.add.push_back(record);
    change.claims.push_back({record.grant.id, source.name, true});
    change.audit.push_back(std::move(happened));
  }
  const auto written = co_await recorder_.commit(std::move(change));
  if (!written && written.error().code == errc::conflict && fresh.size() > 1) {
    // Somebody used one of the ids meanwhile; the others are not to suffer from it.
    for (Candidate& candidate : fresh) {
      std::vector<Candidate> one;
      one.push_back(std::move(candidate));
      if (auto opened = co_await open(source, std::move(one)); !opened) co_return opened;
    }
    co_return Result<void>{};
  }
  if (!written && written.error().code != errc::conflict) co_return written;
  if (!written) {
    refuse(source, fresh[0].key, fresh[0].grant.digest, written.error(), about(fresh[0].grant));
    co_return Result<void>{};
  }
  for (const Candidate& candidate : fresh) {
    remember(source.name, candidate.key, candidate.grant.id, candidate.grant.digest);
    claims_.add(source.name, candidate.grant.id);
  }
  opened(source, std::move(records), {replaced.begin(), replaced.end()});
  co_return Result<void>{};
}

/// They are durable. What opens is judged by what holds now: the policy may have changed, or the locks or the source
/// gone, while they were written.
void SourceDesk::opened(const SourceConfig& source, std::vector<GrantRecord> records,
                        const std::vector<GrantPortRef>& replaced) {
  auto ready = hooks_.can_open();
  if (find(source.name) == nullptr) ready = error(errc::refused, "its source is not configured any more");
  std::vector<GrantRecord> opening;
  // What each replaces is durable as ended, whether it opens or not.
  const auto replaced_by = [&](const GrantRecord& record) {
    auto of_record = book_.replaced_by(record.grant, record.source);
    std::erase_if(of_record,
                  [&](const GrantPortRef& ref) { return std::ranges::find(replaced, ref) == replaced.end(); });
    return of_record;
  };
  for (GrantRecord& record : records) {
    const auto still = ready ? hooks_.judge(record.grant) : ready;
    if (still) {
      hooks_.opened(record);
      opening.push_back(std::move(record));
      continue;
    }
    claims_.remove(source.name, record.grant.id);
    refuse(source, record.grant.id, record.grant.digest, still.error(), about(record.grant));
    const auto of_record = replaced_by(record);
    book_.discard(std::move(record), of_record);
  }
  book_.open_all(std::move(opening), replaced);
  hooks_.rearm();
}

}  // namespace jitgate
