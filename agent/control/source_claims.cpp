#include "agent/control/source_claims.hpp"

#include <algorithm>

namespace jitgate {

bool SourceClaims::holds(const std::string& source, const std::string& id) const {
  const auto found = holders_.find(id);
  return found != holders_.end() && found->second.contains(source);
}

bool SourceClaims::held_beside(const std::set<std::string>& sources, const std::string& id) const {
  const auto found = holders_.find(id);
  return found != holders_.end() &&
         std::ranges::any_of(found->second, [&](const std::string& holder) { return !sources.contains(holder); });
}

bool SourceClaims::remove(const std::string& source, const std::string& id) {
  const auto found = holders_.find(id);
  if (found == holders_.end()) return true;
  found->second.erase(source);
  if (!found->second.empty()) return false;
  holders_.erase(found);
  return true;
}

const SourceClaims::Entry* SourceClaims::find(const std::string& source, const std::string& key) const {
  const auto of_source = keys_.find(source);
  if (of_source == keys_.end()) return nullptr;
  const auto found = of_source->second.entries.find(key);
  return found == of_source->second.entries.end() ? nullptr : &found->second;
}

void SourceClaims::put(const std::string& source, const std::string& key, Entry entry) {
  take(source, key);
  Keys& keys = keys_[source];
  ++keys.count[entry.id];
  keys.entries.emplace(key, std::move(entry));
}

void SourceClaims::take(const std::string& source, const std::string& key) {
  const auto of_source = keys_.find(source);
  if (of_source == keys_.end()) return;
  const auto found = of_source->second.entries.find(key);
  if (found != of_source->second.entries.end()) drop(of_source->second, found);
}

void SourceClaims::drop(Keys& keys, std::map<std::string, Entry>::iterator entry) {
  const auto counted = keys.count.find(entry->second.id);
  if (--counted->second == 0) keys.count.erase(counted);
  keys.entries.erase(entry);
}

void SourceClaims::judge_again(const std::string& source) {
  const auto of_source = keys_.find(source);
  if (of_source == keys_.end()) return;
  for (auto& [key, entry] : of_source->second.entries) entry.judge_again = true;
}

std::map<std::string, std::set<std::string>> SourceClaims::drop_others_than(const std::set<std::string>& sources) {
  std::map<std::string, std::set<std::string>> dropped;
  for (auto& [id, holders] : holders_) {
    const auto stays = [&sources](const std::string& holder) { return sources.contains(holder); };
    if (std::ranges::none_of(holders, stays) || std::ranges::all_of(holders, stays)) continue;
    for (const std::string& holder : holders) {
      if (!stays(holder)) dropped[id].insert(holder);
    }
    std::erase_if(holders, [&](const std::string& holder) { return !stays(holder); });
  }
  return dropped;
}

void SourceClaims::keep_only(const std::string& source, const std::set<std::string>& keys) {
  const auto of_source = keys_.find(source);
  if (of_source == keys_.end()) return;
  for (auto entry = of_source->second.entries.begin(); entry != of_source->second.entries.end();) {
    const auto next = std::next(entry);
    if (!keys.contains(entry->first)) drop(of_source->second, entry);
    entry = next;
  }
}

std::vector<std::string> SourceClaims::without_key(const std::string& source) const {
  std::vector<std::string> ids;
  for (const auto& [id, sources] : holders_) {
    if (sources.contains(source) && !has_key(source, id)) ids.push_back(id);
  }
  return ids;
}

bool SourceClaims::has_key(const std::string& source, const std::string& id) const {
  const auto of_source = keys_.find(source);
  return of_source != keys_.end() && of_source->second.count.contains(id);
}

}  // namespace jitgate
