// Grants that sources deliver: which are new, and which are held by one source more.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/control/source_desk.hpp"
#include "agent/signature/acceptance.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

/// Opened by one transaction of the store and one load of the kernel: some milliseconds.
constexpr std::size_t kOpenedAtOnce = 500;
/// What a commit of somebody else may have to wait behind: some milliseconds too.
constexpr std::size_t kLookedUpAtOnce = 1'000;

/// What was revoked before it came, as far as that counts for this source.
const EarlyRevocation* revocation_for(const KnownId& known, const std::string& source) {
  const auto counts = [&source](const EarlyRevocation& revocation) {
    return !revocation.signer.empty() || revocation.source == source;
  };
  const auto found = std::ranges::find_if(known.revocations, counts);
  return found == known.revocations.end() ? nullptr : &*found;
}

}  // namespace

std::string believed_because(const Grant& grant, const std::optional<signature::VerifiedSigner>& signer) {
  std::string why = "requested by " + grant.requestor;
  if (grant.approver) why += "; approved by " + *grant.approver;
  return why + (signer ? "; signed by " + describe(*signer) : "; not signed");
}

awaitable<Result<void>> SourceDesk::take_grants(const SourceConfig& source, std::vector<Candidate> candidates) {
  auto known = co_await look_up(candidates);
  if (!known) co_return known.error();
  Intake intake{source, std::move(candidates), std::move(*known)};
  if (auto opened = co_await open_all(intake); !opened) {
    // A second key of one that was judged and is not stored was taken for known.
    claims_.judge_again(source.name);
    co_return opened;
  }
  co_return intake.left_out;
}

/// What the store knows of each of them. Nothing that another source says can come in between: it waits for its turn.
awaitable<Result<std::vector<KnownId>>> SourceDesk::look_up(const std::vector<Candidate>& candidates) {
  std::vector<KnownId> all;
  all.reserve(candidates.size());
  while (all.size() < candidates.size()) {
    const std::size_t end = std::min(candidates.size(), all.size() + kLookedUpAtOnce);
    std::vector<std::string> ids;
    for (std::size_t i = all.size(); i < end; ++i) ids.push_back(candidates[i].grant.id);
    auto some = co_await store_.known(std::move(ids));
    if (!some) co_return some.error();
    std::ranges::move(*some, std::back_inserter(all));
  }
  co_return all;
}

/// The next ones that open; without any when all are judged.
awaitable<Result<SourceDesk::Opening>> SourceDesk::next_opening(Intake& intake) {
  while (intake.judged < intake.candidates.size()) {
    if (const auto same = still_configured(intake.source); !same) co_return same.error();
    auto fresh = judge_some(intake);
    if (!fresh.empty()) co_return prepare(intake.source, std::move(fresh));
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
  }
  co_return Opening{};
}

/// Which of the next ones open: those that nobody knows yet, that the policy allows, and that there is room for.
std::vector<SourceDesk::Candidate> SourceDesk::judge_some(Intake& intake) {
  std::vector<Candidate> fresh;
  const auto ready = hooks_.can_open();
  Quota quota = quota_of(intake.source.name);
  quota.all += intake.writing.all;
  for (const auto& [requestor, count] : intake.writing.of_requestor) quota.of_requestor[requestor] += count;
  quota.given_up = intake.writing.given_up;
  const std::size_t end = std::min(intake.candidates.size(), intake.judged + kOpenedAtOnce);
  for (; intake.judged < end; ++intake.judged) {
    Candidate& candidate = intake.candidates[intake.judged];
    auto is_new = is_fresh(intake.source, candidate, intake.known[intake.judged], intake.seen);
    if (is_new && *is_new && !ready) {
      intake.left_out = ready;
      continue;
    }
    if (is_new && *is_new) {
      if (const auto room = may_open(intake.source, candidate.grant, quota); !room) is_new = room.error();
    }
    if (!is_new) {
      refuse(intake.source, candidate.key, candidate.grant.digest, is_new.error(), about(candidate.grant));
      continue;
    }
    intake.seen.try_emplace(candidate.grant.id, candidate.grant.digest);
    if (*is_new)
      fresh.push_back(std::move(candidate));
    else
      keep_claim(intake.source, candidate);
  }
  return fresh;
}

Result<void> SourceDesk::may_open(const SourceConfig& source, const Grant& grant, Quota& quota) const {
  if (auto allowed = hooks_.judge(grant); !allowed) return allowed;
  if (auto room = within(grant, quota); !room && !place_for(source, grant, quota)) return room;
  count(source, grant, quota);
  return {};
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
  const std::size_t of_requestor = quota.of_requestor[grant.requestor];
  if (of_requestor >= config_.limits.grants_per_requestor) {
    return error(errc::too_many, grant.requestor + " has " + std::to_string(of_requestor) +
                                     " grants of this source already, the limit (limits.grantsPerRequestor)");
  }
  return {};
}

/// One that takes the whole place of another is not one more.
void SourceDesk::count(const SourceConfig& source, const Grant& grant, Quota& quota) const {
  if (auto place = place_for(source, grant, quota)) {
    quota.given_up.insert(std::move(*place));
    return;
  }
  ++quota.of_requestor[grant.requestor];
  ++quota.all;
}

/// The grant whose whole place it takes, and no other one of this delivery has taken.
std::optional<std::string> SourceDesk::place_for(const SourceConfig& source, const Grant& grant,
                                                 const Quota& quota) const {
  const auto replaced = book_.replaced_by(grant, source.name);
  const auto ends = [&](const GrantPortRef& ref) {
    if (quota.given_up.contains(ref.grant_id)) return false;
    const auto& states = book_.find(ref.grant_id)->states;
    for (std::size_t i = 0; i < states.size(); ++i) {
      const bool stays = std::ranges::find(replaced, GrantPortRef{ref.grant_id, i}) == replaced.end();
      if (states[i].status == Status::initiated && stays) return false;
    }
    return true;
  };
  const auto found = std::ranges::find_if(replaced, ends);
  return found == replaced.end() ? std::nullopt : std::optional(found->grant_id);
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

}  // namespace jitgate
