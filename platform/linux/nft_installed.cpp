#include "platform/linux/nft_installed.hpp"

#include <algorithm>

#include "platform/linux/nft_skeleton.hpp"
#include "platform/linux/nft_table.hpp"

namespace jitgate::nft {

void Installed::put(Batch& batch, ElementWriter& writer, const AllowEntry& entry, BootTime now, bool assume_present) {
  const auto timeout = timeout_until(entry.closes_at, now);
  if (!timeout) return close(writer, entry.key);
  const AllowSet set = AllowSet::of(entry.key);
  if (!has(set)) {
    writer.close();
    add_set(batch, set.set());
    for (const Rule& rule : set.rules(lookups(lock_))) add_rule(batch, rule);
    sets_.push_back(set);
    pending_sets_.push_back(set);
  }
  const bool is_new = entries_.try_emplace(entry.key, entry.closes_at).second;
  if (is_new) pending_keys_.push_back(entry.key);
  if (is_new && !assume_present) {
    writer.create(entry.key, *timeout);
  } else {
    writer.replace(entry.key, *timeout);
  }
}

void Installed::lock_ports(ElementWriter& writer, BootTime now) const {
  std::optional<Milliseconds> timeout;
  if (lock_.lifts_at) {
    timeout = timeout_until(*lock_.lifts_at, now);
    if (!timeout) return;
  }
  for (const TransportPort& port : lock_.ports) writer.lock(port, timeout);
}

void Installed::close(ElementWriter& writer, const AllowKey& key) const {
  if (has(AllowSet::of(key))) writer.remove(key);
}

void Installed::accepted(const ChangeEntries& change, BootTime now) {
  for (const AllowEntry& entry : change.put) {
    if (const auto found = entries_.find(entry.key); found != entries_.end()) found->second = entry.closes_at;
  }
  for (const AllowKey& key : change.close) entries_.erase(key);
  forget_pending();
  prune(now);
}

void Installed::refused() {
  for (const AllowKey& key : pending_keys_) entries_.erase(key);
  for (const AllowSet& set : pending_sets_) std::erase(sets_, set);
  forget_pending();
}

bool Installed::has(const AllowSet& set) const {
  return std::find(sets_.begin(), sets_.end(), set) != sets_.end();
}

void Installed::forget_pending() {
  pending_keys_.clear();
  pending_sets_.clear();
}

// What the kernel dropped by itself is forgotten now and then, so that the record does not grow for ever.
void Installed::prune(BootTime now) {
  if (entries_.size() <= prune_above_) return;
  boost::unordered::erase_if(entries_, [&](const auto& entry) { return entry.second <= now; });
  prune_above_ = std::max<std::size_t>(1024, 2 * entries_.size());
}

}  // namespace jitgate::nft
