#include "agent/control/source_desk.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

/// Of judging documents, in one turn of the event loop.
constexpr auto kSlice = std::chrono::milliseconds(2);

bool is_older(const Grant& a, const Grant& b) {
  return std::tie(a.start, a.id) < std::tie(b.start, b.id);
}

}  // namespace

Caller source_caller(const std::string& source, const std::optional<signature::VerifiedSigner>& signer) {
  return {signer ? signer->principal : "source " + source, "source " + source, {}};
}

class SourceDesk::Sink final : public SourceSink {
 public:
  Sink(SourceDesk& desk, std::string source) : desk_(desk), source_(std::move(source)) {}
  awaitable<Result<void>> deliver(Delivery delivery) override { return desk_.deliver(source_, std::move(delivery)); }
  void note_contact() override { desk_.heard(source_); }
  void note_problem(std::optional<std::string> problem) override { desk_.set_problem(source_, std::move(problem)); }

 private:
  SourceDesk& desk_;
  std::string source_;
};

SourceDesk::SourceDesk(boost::asio::any_io_executor executor, const Config& config, GrantBook& book, Recorder& recorder,
                       GrantStore& store, const Clock& clock, Hooks hooks)
    : executor_(std::move(executor)),
      config_(config),
      book_(book),
      recorder_(recorder),
      store_(store),
      clock_(clock),
      hooks_(std::move(hooks)),
      turns_(executor_) {}

std::shared_ptr<SourceSink> SourceDesk::sink(const std::string& source) {
  return std::make_shared<Sink>(*this, source);
}

const SourceConfig* SourceDesk::find(const std::string& source) const {
  const auto found = std::ranges::find(config_.sources, source, &SourceConfig::name);
  return found == config_.sources.end() ? nullptr : &*found;
}

Result<void> SourceDesk::still_configured(const SourceConfig& settings) const {
  const SourceConfig* found = find(settings.name);
  if (found != nullptr && *found == settings) return {};
  return error(errc::unavailable, "the configuration of source " + settings.name + " has changed meanwhile");
}

/// What was judged by an earlier configuration is judged again when it is delivered again.
void SourceDesk::remember(const std::string& source, const std::string& key, const std::string& id,
                          const Digest& digest) {
  claims_.put(source, key, {id, digest, judged_by_ != configured_});
}

awaitable<Result<void>> SourceDesk::deliver(std::string source, Delivery delivery) {
  const SourceConfig* found = find(source);
  if (found == nullptr) co_return error(errc::not_found, source + " is no source of this host any more");
  // The configuration may be reloaded meanwhile: what one source said is not to be judged as another's word.
  const SourceConfig settings = *found;
  const auto turn = co_await turns_.enter();
  if (const auto same = still_configured(settings); !same) co_return same.error();
  judged_by_ = configured_;
  if (const auto ready = hooks_.loaded(); !ready) co_return ready.error();
  refresh_trust();
  loose_.clear();
  auto taken = co_await take_in(settings, delivery);
  if (taken) synced(source);
  hooks_.rearm();
  co_return taken;
}

awaitable<Result<void>> SourceDesk::take_in(const SourceConfig& source, Delivery& delivery) {
  Result<void> taken;
  if (delivery.policy && config_.policy_authority == PolicyAuthority::source &&
      config_.source_authority.source == source.name) {
    auto set = co_await hooks_.set_policy(source.name, std::move(*delivery.policy));
    const auto contact = contacts_.find(source.name);
    if (contact != contacts_.end())
      contact->second.set_complaint(set ? std::nullopt : std::optional("policy: " + describe(set.error())));
    if (!set && set.error().code != errc::refused && set.error().code != errc::invalid_argument) taken = set;
  }
  std::set<std::string> keys;
  for (const auto& document : delivery.documents) keys.insert(document.key);
  auto sorted = co_await sort_out(source, std::move(delivery.documents));
  if (!sorted) co_return sorted.error();
  // Revocations first: what is revoked in the same breath never opens.
  if (auto revoked = co_await revoke(source, std::move(sorted->revocations)); !revoked && taken) taken = revoked;
  if (auto granted = co_await take_grants(source, std::move(sorted->grants)); !granted && taken) taken = granted;
  for (const std::string& key : delivery.removed) let_go(source.name, key);
  // What could not be taken in now is no reason to end what is there: after a failure, a snapshot follows.
  if (!taken) co_return taken;
  if (delivery.snapshot) {
    claims_.keep_only(source.name, keys);
    loose_ = claims_.without_key(source.name);
  }
  co_await withdraw(source.name, std::exchange(loose_, {}));
  co_return taken;
}

/// The source has nothing under this key now; what it had may be withdrawn.
void SourceDesk::let_go(const std::string& source, const std::string& key) {
  const auto* entry = claims_.find(source, key);
  if (entry == nullptr) return;
  loose_.push_back(entry->id);
  claims_.take(source, key);
}

/// Judges them, in slices. What was delivered before in the same words is passed over.
awaitable<Result<SourceDesk::Sorted>> SourceDesk::sort_out(SourceConfig source,
                                                           std::vector<DeliveredDocument> documents) {
  Sorted sorted;
  auto give_way_at = std::chrono::steady_clock::now() + kSlice;
  for (DeliveredDocument& delivered : documents) {
    if (std::chrono::steady_clock::now() >= give_way_at) {
      co_await boost::asio::post(executor_, boost::asio::use_awaitable);
      give_way_at = std::chrono::steady_clock::now() + kSlice;
    }
    const Digest digest = sha256(delivered.document);
    const auto* before = claims_.find(source.name, delivered.key);
    if (before != nullptr && before->digest == digest && !before->judge_again) continue;
    let_go(source.name, delivered.key);
    auto judged = judge_document(delivered, source, trust_, config_.trust.signers, config_.policy, clock_.wall_now());
    // Nobody's signature can be judged: nothing was said of the document.
    if (!judged && judged.error().code == errc::unavailable) co_return judged.error();
    if (!judged) {
      refuse(source, delivered, judged.error());
    } else if (auto* grant = std::get_if<Grant>(&judged->content)) {
      sorted.grants.push_back(
          {std::move(delivered.key), std::move(delivered.document), std::move(*grant), std::move(judged->signer)});
    } else {
      sorted.revocations.push_back(
          {std::move(delivered.key), std::get<Revocation>(std::move(judged->content)), std::move(judged->signer)});
    }
  }
  // Of two for the same opening the newer one replaces the older one, whichever is read first.
  std::ranges::sort(sorted.grants, is_older, &Candidate::grant);
  co_return sorted;
}

void SourceDesk::refuse(const SourceConfig& source, const DeliveredDocument& delivered, const Error& why) {
  Matter matter;
  if (const auto content = parse_document(delivered.document)) {
    const auto* grant = std::get_if<Grant>(&*content);
    matter = grant != nullptr ? about(*grant) : about_grant(std::get<Revocation>(*content).id);
  }
  refuse(source, delivered.key, sha256(delivered.document), why, std::move(matter));
}

void SourceDesk::refuse(const SourceConfig& source, const std::string& key, const Digest& digest, const Error& why,
                        Matter matter) {
  const std::string reason = describe(why);
  if (!refused_.add(source.name, key, digest, reason)) return;
  const auto record = refused_.admit(source.name, clock_.boot_now());
  hooks_.refused(why, record != RefusedDocuments::Record::none);
  if (record == RefusedDocuments::Record::none) return;
  spdlog::warn("source {}: {} is refused: {}", source.name, key, reason);
  Caller caller = source_caller(source.name, {});
  caller.peer += ", " + key;
  const bool last = record == RefusedDocuments::Record::last;
  const Error many =
      error(errc::too_many, "more of its documents than one minute may record; what follows is counted, not recorded");
  StoreChange change;
  change.audit.push_back(refusal_event(clock_.wall_now(), "grant.open", caller, last ? many : why, std::move(matter)));
  recorder_.record(std::move(change));
}

/// Whoever may sign has changed: everything is to be judged again.
void SourceDesk::refresh_trust() {
  const bool needed = std::ranges::any_of(config_.sources, &SourceConfig::needs_signature);
  if (!needed && config_.trust.signers.signers.empty()) return;
  if (!trust_.refresh()) return;
  for (const SourceConfig& source : config_.sources) claims_.judge_again(source.name);
  resync();
}

void SourceDesk::restore(const StoredState& stored) {
  claims_ = SourceClaims(stored.claims);
  const std::string prefix = kContactSetting;
  for (const auto& [name, value] : stored.settings) {
    if (!name.starts_with(prefix)) continue;
    if (const auto heard_at = parse_timestamp(value)) last_contacts_[name.substr(prefix.size())] = *heard_at;
  }
  configured();
}

void SourceDesk::configured() {
  ++configured_;
  trust_.use(config_.trust);
  refresh_trust();
  for (const SourceConfig& source : config_.sources) {
    const auto last = last_contacts_.find(source.name);
    const auto known = contacts_.find(source.name);
    if (known != contacts_.end()) {
      known->second.set_close_after(source.close_after);
    } else {
      contacts_.try_emplace(source.name, source.close_after,
                            last == last_contacts_.end() ? std::nullopt : std::optional(last->second), clock_);
    }
    claims_.judge_again(source.name);
  }
  std::erase_if(contacts_, [this](const auto& contact) { return find(contact.first) == nullptr; });
  drop_unconfigured();
  advance();
}

/// Whoever is not configured any more holds nothing beside those who are.
void SourceDesk::drop_unconfigured() {
  std::set<std::string> configured;
  for (const SourceConfig& source : config_.sources) configured.insert(source.name);
  StoreChange change;
  for (const auto& [id, sources] : claims_.drop_others_than(configured)) {
    for (const std::string& source : sources) change.claims.push_back({id, source, false});
  }
  if (!change.claims.empty()) recorder_.record(std::move(change));
}

void SourceDesk::synced(const std::string& source) {
  const auto contact = contacts_.find(source);
  if (contact == contacts_.end()) return;
  asked_.erase(source);
  contact->second.synced(clock_);
  contact->second.heard(clock_);
  advance();
}

bool SourceDesk::abandoned(const std::string& id) const {
  const auto holders = claims_.all().find(id);
  return holders != claims_.all().end() &&
         std::ranges::none_of(holders->second, [this](const std::string& holder) { return find(holder) != nullptr; });
}

void SourceDesk::heard(const std::string& source) {
  const auto contact = contacts_.find(source);
  if (contact == contacts_.end()) return;
  // It may have been kept from us what it revoked: what it holds now comes before what it granted opens again.
  if (silent_.contains(source)) {
    if (asked_.insert(source).second) resync();
    return;
  }
  contact->second.heard(clock_);
  if (contact->second.worth_noting()) {
    contact->second.noted();
    StoreChange change;
    change.settings[kContactSetting + source] = to_string(clock_.wall_now());
    recorder_.record(std::move(change));
  }
  hooks_.rearm();
}

void SourceDesk::set_problem(const std::string& source, std::optional<std::string> problem) {
  const auto contact = contacts_.find(source);
  if (contact == contacts_.end()) return;
  if (problem) spdlog::warn("source {}: {}", source, *problem);
  contact->second.set_problem(std::move(problem));
}

std::vector<SourceStatus> SourceDesk::status() const {
  std::vector<SourceStatus> all;
  for (const SourceConfig& source : config_.sources) {
    const auto contact = contacts_.find(source.name);
    if (contact == contacts_.end()) continue;
    all.push_back(contact->second.status(source, clock_));
    if (source.needs_signature && trust_.problem() && !all.back().last_error)
      all.back().last_error = "trust: " + *trust_.problem();
  }
  return all;
}

}  // namespace jitgate
