#include "platform/windows/account_names.hpp"

#include <utility>

namespace jitgate {
namespace {

/// nullopt: never heard of, or too long ago.
template <class Value, class Answers>
std::optional<Value> current(const Answers& answers, const std::string& key,
                             std::chrono::steady_clock::time_point now) {
  const auto found = answers.find(key);
  if (found == answers.end() || now >= found->second.until) return std::nullopt;
  return found->second.value;
}

template <class Answers>
void make_room(Answers& answers) {
  if (answers.size() >= AccountNames::kMost) answers.clear();
}

}  // namespace

AccountNames::AccountNames(Find find, Name name, Clock now)
    : find_(std::move(find)), name_(std::move(name)), now_(std::move(now)) {}

std::optional<std::optional<Sid>> AccountNames::known(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return current<std::optional<Sid>>(accounts_, name, now_());
}

std::optional<std::string> AccountNames::known_name(const Sid& sid) const {
  const std::lock_guard lock(mutex_);
  return current<std::string>(names_, sid.text(), now_());
}

std::optional<Sid> AccountNames::find(const std::string& name) {
  if (auto answer = known(name)) return *answer;
  auto found = find_(name);
  const std::lock_guard lock(mutex_);
  make_room(accounts_);
  accounts_.insert_or_assign(name, Answer<std::optional<Sid>>{found, now_() + (found ? kKnown : kUnknown)});
  return found;
}

std::string AccountNames::name_of(const Sid& sid) {
  if (auto answer = known_name(sid)) return *answer;
  const std::string key = sid.text();
  std::string name = name_(sid);
  const std::lock_guard lock(mutex_);
  make_room(names_);
  names_.insert_or_assign(key, Answer<std::string>{name, now_() + (name == key ? kUnknown : kKnown)});
  return name;
}

}  // namespace jitgate
