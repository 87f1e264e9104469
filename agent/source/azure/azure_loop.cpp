#include "agent/source/azure/azure_loop.hpp"

#include <algorithm>
#include <utility>

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstBackoff = 2s;
constexpr Duration kLongestBackoff = 5min;
/// Between two questions after a failure, whatever the jitter.
constexpr Duration kShortestPause = 1s;
/// A token is replaced this long before its end, or when a half of its life is over.
constexpr Duration kRefreshBefore = 30min;
constexpr std::size_t kShownProblems = 3;

std::optional<std::string> in_one(const std::vector<std::string>& problems) {
  if (problems.empty()) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kShownProblems); ++i)
    text += (text.empty() ? "" : "; ") + problems[i];
  if (problems.size() > kShownProblems) text += "; and " + std::to_string(problems.size() - kShownProblems) + " more";
  return text;
}

}  // namespace

AzureLoop::AzureLoop(Duration interval, Jitter jitter)
    : interval_(interval),
      jitter_(std::move(jitter)),
      backoff_(kFirstBackoff, kLongestBackoff),
      token_backoff_(kFirstBackoff, kLongestBackoff),
      delivery_backoff_(kFirstBackoff, kLongestBackoff) {}

AzureLoop::Step AzureLoop::next(BootTime now) {
  if (to_deliver_ && now >= deliver_at_) {
    again_ = false;
    return Deliver{*to_deliver_};
  }
  const BootTime other = to_deliver_ ? deliver_at_ : BootTime::max();
  if (now < due_) return Wait{std::min(due_, other)};
  const bool usable = token_ && now < expires_at_;
  const bool fresh = usable && (token_->lifetime ? now < refresh_at_ : !used_);
  if (!fresh && now >= token_due_) return GetToken{};
  if (usable) return GetPolicy{};
  return Wait{std::min(token_due_, other)};
}

void AzureLoop::got_token(Result<AzureToken> token, BootTime now) {
  if (!token) {
    token_due_ = now + std::max(token_backoff_.next(jitter_()), kShortestPause);
    // What is read for each question is not used beyond it.
    if (token_ && !token_->lifetime) token_.reset();
    // As long as the old one lives, nothing is wrong with the source.
    if (!token_ || now >= expires_at_) problem_ = describe(token.error());
    return;
  }
  token_backoff_.reset();
  token_ = std::move(*token);
  used_ = false;
  token_due_ = now;
  const Duration lifetime = token_->lifetime.value_or(Duration::zero());
  expires_at_ = token_->lifetime ? now + lifetime : BootTime::max();
  refresh_at_ = expires_at_ - std::min(kRefreshBefore, lifetime / 2);
}

bool AzureLoop::got_policy(AzureAnswer answer, BootTime now) {
  used_ = true;
  if (auto* policy = std::get_if<AzurePolicy>(&answer)) {
    take(std::move(*policy), now);
    return true;
  }
  if (auto* gone = std::get_if<AzurePolicyGone>(&answer)) {
    AzurePolicy nothing;
    nothing.problems.push_back(std::move(gone->why));
    take(std::move(nothing), now);
    return true;
  }
  if (auto* refused = std::get_if<AzureTokenRefused>(&answer)) {
    refuse_token(refused->why, now);
  } else {
    auto& failure = std::get<AzureFailed>(answer);
    back_off(std::move(failure.why), failure.retry_after, now);
  }
  return false;
}

void AzureLoop::failed(const std::string& why, BootTime now) {
  used_ = true;
  back_off(why, std::nullopt, now);
}

void AzureLoop::take(AzurePolicy policy, BootTime now) {
  backoff_.reset();
  replaced_ = false;
  problem_ = in_one(policy.problems);
  poll_after_interval(now);
  Delivery delivery{true, std::move(policy.documents), {}, std::move(policy.ports)};
  if (again_ || delivered_ != delivery) {
    to_deliver_ = std::move(delivery);
  } else {
    to_deliver_.reset();
  }
}

/// It may have been revoked, or the identity's keys rolled: another one is asked for, once.
void AzureLoop::refuse_token(const std::string& why, BootTime now) {
  token_.reset();
  if (!std::exchange(replaced_, true)) {
    token_due_ = now;
    return;
  }
  back_off(why + ": also with a new token", std::nullopt, now);
}

void AzureLoop::back_off(std::string why, std::optional<Duration> at_least, BootTime now) {
  problem_ = std::move(why);
  held_back_ = true;
  due_ = now + std::max({backoff_.next(jitter_()), at_least.value_or(Duration::zero()), kShortestPause});
}

void AzureLoop::poll_after_interval(BootTime now) {
  constexpr double kSpread = 0.2;
  const double factor = 1 - kSpread / 2 + kSpread * jitter_();
  held_back_ = false;
  due_ = now + std::chrono::duration_cast<Duration>(interval_ * factor);
}

void AzureLoop::delivered(bool taken, BootTime now) {
  if (taken) {
    delivered_ = std::exchange(to_deliver_, std::nullopt);
    delivery_backoff_.reset();
  } else {
    delivered_.reset();
    deliver_at_ = now + std::max(delivery_backoff_.next(jitter_()), kShortestPause);
  }
}

void AzureLoop::resync() {
  again_ = true;
  if (!held_back_) due_ = {};
}

}  // namespace jitgate
