#include "platform/windows/wfp_trial_session.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace jitgate::wfp {
namespace {

/// No two sessions may hold the same keys.
std::vector<Filter> of_trial(std::vector<Filter> filters, std::uint64_t number) {
  for (Filter& filter : filters) {
    const std::string key(filter.key.begin(), filter.key.end());
    filter.key = guid_of("jitgate wfp trial " + std::to_string(number) + ": " + key);
  }
  return filters;
}

Result<Engine> open_with(const std::vector<Filter>& filters) {
  auto opened = Engine::open(SessionKind::dynamic);
  if (!opened) return opened.error();
  Engine::Transaction transaction(*opened);
  if (!transaction.begun().ok()) return transaction.begun().to_error();
  for (const Filter& filter : filters)
    if (const Status added = opened->add(filter); !added.ok()) return added.to_error();
  if (const Status committed = transaction.commit(); !committed.ok()) return committed.to_error();
  return std::move(*opened);
}

}  // namespace

Result<TrialSession> TrialSession::raise(const std::vector<Filter>& filters, std::uint64_t number, BootTime until) {
  TrialSession trial;
  trial.raised_ = of_trial(filters, number);
  auto session = open_with(trial.raised_);
  if (!session) return session.error();
  trial.session_ = std::move(*session);
  trial.asked_ = filters;
  trial.until_ = until;
  return trial;
}

bool TrialSession::stands_with(const std::vector<Filter>& filters) {
  if (!session_ || !std::ranges::equal(filters, asked_, &equal)) return false;
  return std::ranges::all_of(raised_, [this](const Filter& filter) {
    const auto held = session_->holds(filter.key);
    return held && *held;
  });
}

bool TrialSession::holds(const Guid& key) const {
  return std::ranges::find(raised_, key, &Filter::key) != raised_.end();
}

std::optional<Engine> TrialSession::take() {
  asked_.clear();
  raised_.clear();
  return std::exchange(session_, std::nullopt);
}

}  // namespace jitgate::wfp
