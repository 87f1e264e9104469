#include "platform/windows/account_names.hpp"

#include <utility>

namespace jitgate {
namespace {

template <class Answers>
const auto* current(const Answers& answers, const std::string& key, std::chrono::steady_clock::time_point now) {
  const auto found = answers.find(key);
  return found != answers.end() && now < found->second.until ? &found->second.value : nullptr;
}

template <class Answers>
void make_room(Answers& answers) {
  if (answers.size() >= AccountNames::kMost) answers.clear();
}

}  // namespace

AccountNames::AccountNames(Find find, Name name, Clock now)
    : find_(std::move(find)), name_(std::move(name)), now_(std::move(now)) {}

std::optional<Sid> AccountNames::find(const std::string& name) {
  if (const auto* known = current(accounts_, name, now_())) return *known;
  auto found = find_(name);
  make_room(accounts_);
  accounts_.insert_or_assign(name, Answer<std::optional<Sid>>{found, now_() + (found ? kKnown : kUnknown)});
  return found;
}

std::string AccountNames::name_of(const Sid& sid) {
  const std::string key = sid.text();
  if (const auto* known = current(names_, key, now_())) return *known;
  std::string name = name_(sid);
  make_room(names_);
  names_.insert_or_assign(key, Answer<std::string>{name, now_() + (name == key ? kUnknown : kKnown)});
  return name;
}

}  // namespace jitgate
