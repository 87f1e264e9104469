#include "agent/source/directory/spool_state.hpp"

#include <algorithm>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

/// Deliveries between listings are made in batches: a sink judges each as a whole.
constexpr std::size_t kBatch = 1'000;
/// More changes than this are cheaper to find by a listing.
constexpr std::size_t kMostChanges = 20'000;
constexpr std::size_t kShownProblems = 3;

std::size_t size_of(const DeliveredDocument& document) {
  return document.document.size() + (document.signature ? document.signature->size() : 0);
}

}  // namespace

SpoolState::Step SpoolState::next(Time now) {
  if (!open_) return now < not_before_ ? Step(Wait{not_before_}) : Step(Open{});
  lose_patience(now);
  const bool held_back = listing_ && now < not_before_;
  if (!held_back) {
    if (listing_) {
      // What changed before now is found by it; what changes while it goes on may not be.
      listing_ = false;
      dirty_.clear();
      return List{};
    }
    if (auto key = next_key()) return Read{std::move(*key)};
    if (everything_ || !collected_.empty() || !removed_.empty()) return deliver();
  }
  // After what was taken away: when all files go and then their directory, all of them were taken away.
  if (unsettled_ || now >= check_at_) return Check{};
  Time until = check_at_;
  if (held_back) until = std::min(until, not_before_);
  if (!patience_.empty()) until = std::min(until, patience_.begin()->first);
  return Wait{until};
}

std::optional<std::string> SpoolState::next_key() {
  if (!to_list_.empty()) {
    std::string key = std::move(to_list_.back());
    to_list_.pop_back();
    return key;
  }
  if (everything_ || dirty_.empty() || collected_.size() >= kBatch) return std::nullopt;
  return std::move(dirty_.extract(dirty_.begin()).value());
}

SpoolState::Step SpoolState::deliver() {
  Delivery delivery;
  delivery.snapshot = std::exchange(everything_, false) && removal_revokes_;
  for (auto& [key, document] : collected_) delivery.documents.push_back(std::move(document));
  collected_.clear();
  if (!delivery.snapshot) delivery.removed.assign(removed_.begin(), removed_.end());
  removed_.clear();
  return Deliver{std::move(delivery)};
}

void SpoolState::opened(const FileStamp& stamp, Time now) {
  open_ = true;
  listing_ = true;
  not_before_ = now;
  directory_problem_.reset();
  stamp_ = stamp;
  checked(stamp, now);
}

void SpoolState::lost(std::string why, Time now) {
  open_ = false;
  directory_problem_ = std::move(why);
  postpone(limits_.retry, now);
}

void SpoolState::postpone(std::chrono::milliseconds pause, Time now) {
  listing_ = true;
  not_before_ = now + pause;
  // All of it is found again by the listing.
  everything_ = false;
  to_list_.clear();
  collected_.clear();
  removed_.clear();
}

void SpoolState::listed(const std::vector<std::string>& names) {
  everything_ = true;
  directory_problem_.reset();
  collected_.clear();
  removed_.clear();
  // Beside those that changed meanwhile.
  auto keys = std::exchange(dirty_, {});
  for (const std::string& name : names) {
    if (auto key = entry_of(name)) keys.insert(std::move(*key));
  }
  // Also what was there and is not: reading it finds that out.
  for (const auto& [key, entry] : entries_) keys.insert(key);
  to_list_.assign(keys.rbegin(), keys.rend());
  // What is held keeps its place where there are more documents than are taken.
  std::stable_partition(to_list_.begin(), to_list_.end(), [&](const std::string& key) {
    const auto known = entries_.find(key);
    return known == entries_.end() || !known->second.held;
  });
}

void SpoolState::checked(const FileStamp& stamp, Time now) {
  unsettled_ = false;
  check_at_ = now + limits_.check;
  if (std::exchange(told_, false) || stamp == stamp_) {
    stamp_ = stamp;
    untold_.reset();
  } else if (!untold_) {
    untold_ = stamp;  // what tells may be on its way
  } else {
    untold_.reset();
    open_ = false;
    not_before_ = now;
  }
}

void SpoolState::read(const std::string& key, EntryReading reading, Time now) {
  if (auto* unknown = std::get_if<EntryUnknown>(&reading)) {
    directory_problem_ = std::move(unknown->why);
    return postpone(limits_.retry, now);
  }
  problems_.erase(key);
  if (const auto entry = entries_.find(key); entry != entries_.end() && entry->second.patience) {
    patience_.erase({*entry->second.patience, key});
    entry->second.patience.reset();
  }
  if (auto* document = std::get_if<DeliveredDocument>(&reading)) return hold(key, std::move(*document), now);
  let_go(key);
  if (std::holds_alternative<EntryAbsent>(reading)) entries_.erase(key);
  if (auto* waits = std::get_if<EntryWaits>(&reading)) wait_for(key, std::move(waits->why), now);
  if (auto* unreadable = std::get_if<EntryUnreadable>(&reading)) problems_[key] = std::move(unreadable->why);
}

void SpoolState::hold(const std::string& key, DeliveredDocument document, Time now) {
  Entry& entry = entries_[key];
  Identity identity{sha256(document.document), std::nullopt};
  if (document.signature) identity.signature = sha256(*document.signature);
  const bool overdue = std::exchange(entry.overdue, false);
  const bool other = entry.last && entry.last->document != identity.document;
  // A signature that came with other bytes is not of these: the one that is may be on its way.
  if (needs_signature_ && !overdue && other && entry.last->signature == identity.signature) {
    let_go(key);
    return wait_for(key, in_quotes(key) + " has the signature of what it held before beside it", now);
  }
  if (entry.held && entry.last == identity && !everything_) return;
  entry.last = identity;
  take(key, entry, std::move(document));
}

void SpoolState::take(const std::string& key, Entry& entry, DeliveredDocument document) {
  const std::size_t size = size_of(document);
  const std::size_t others = held_documents_ - (entry.held ? 1 : 0);
  const std::size_t their_bytes = held_bytes_ - (entry.held ? entry.size : 0);
  if (others >= limits_.documents || their_bytes + size > limits_.bytes) {
    let_go(key);
    problems_[key] = in_quotes(key) + " is beyond the limit of " + std::to_string(limits_.documents) +
                     " documents and " + std::to_string(limits_.bytes / (1024 * 1024)) + " MiB";
    return;
  }
  entry.held = true;
  entry.size = size;
  held_documents_ = others + 1;
  held_bytes_ = their_bytes + size;
  removed_.erase(key);
  collected_.insert_or_assign(key, std::move(document));
}

void SpoolState::let_go(const std::string& key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end() || !std::exchange(entry->second.held, false)) return;
  --held_documents_;
  held_bytes_ -= entry->second.size;
  collected_.erase(key);
  if (removal_revokes_) removed_.insert(key);
}

void SpoolState::wait_for(const std::string& key, std::string why, Time now) {
  Entry& entry = entries_[key];
  entry.patience = now + limits_.patience;
  entry.waits_because = std::move(why);
  patience_.emplace(*entry.patience, key);
}

void SpoolState::lose_patience(Time now) {
  while (!patience_.empty() && patience_.begin()->first <= now) {
    const std::string key = std::move(patience_.extract(patience_.begin()).value().second);
    Entry& entry = entries_[key];
    entry.patience.reset();
    problems_[key] = entry.waits_because;
    // Whose signature it is, its judge will say.
    entry.overdue = true;
    if (entry.last) dirty_.insert(key);
  }
}

void SpoolState::delivered(bool taken, Time now) {
  if (taken) {
    backoff_ = {};
    return;
  }
  backoff_ = std::clamp(backoff_ * 2, limits_.retry, limits_.longest_retry);
  postpone(backoff_, now);
}

void SpoolState::changed(std::string_view file_name) {
  told_ = true;
  auto key = entry_of(file_name);
  if (!key) return;
  dirty_.insert(std::move(*key));
  if (dirty_.size() > kMostChanges) start_over();
}

std::optional<std::string> SpoolState::problem() const {
  if (directory_problem_) return directory_problem_;
  if (problems_.empty()) return std::nullopt;
  std::string text;
  std::size_t shown = 0;
  for (const auto& [key, why] : problems_) {
    if (shown++ == kShownProblems) break;
    text += (text.empty() ? "" : "; ") + why;
  }
  if (problems_.size() > kShownProblems) text += "; and " + std::to_string(problems_.size() - kShownProblems) + " more";
  return text;
}

}  // namespace jitgate
