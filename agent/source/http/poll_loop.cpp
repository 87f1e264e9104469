#include "agent/source/http/poll_loop.hpp"

#include <algorithm>
#include <utility>

#include "agent/http_client/retry_after.hpp"
#include "agent/model/utf8.hpp"
#include "agent/source/http/grant_list.hpp"

namespace jitgate {
namespace {

constexpr Duration kFirstBackoff = std::chrono::seconds(1);
constexpr Duration kLongestBackoff = std::chrono::seconds(60);
constexpr std::size_t kMaxEtag = 1024;
constexpr double kSpread = 0.4;  ///< of the interval

constexpr unsigned kOk = 200;
constexpr unsigned kNotModified = 304;

Error useless(std::string why) {
  return error(errc::unavailable, std::move(why));
}

/// What the server would not understand when it is sent back is as good as none.
std::string usable_etag(std::string_view etag) {
  if (etag.size() > kMaxEtag || has_control_characters(etag)) return {};
  return std::string(etag);
}

}  // namespace

PollLoop::PollLoop(Duration interval, std::size_t max_entries, Jitter jitter)
    : interval_(interval),
      max_entries_(std::min(max_entries, kMostEntries)),
      jitter_(std::move(jitter)),
      backoff_(kFirstBackoff, std::max(interval, kLongestBackoff)) {}

void PollLoop::asking() {
  everything_ = false;
}

void PollLoop::failed(BootTime now) {
  back_off(Duration::zero(), now);
}

Result<std::optional<Delivery>> PollLoop::answered(const HttpAnswer& answer, BootTime now, WallTime wall) {
  Result<std::optional<Delivery>> delivery = read(answer);
  if (!delivery) {
    const auto retry = parse_retry_after(answer.head.field("Retry-After"), wall);
    back_off(retry.value_or(Duration::zero()), now);
  } else if (!*delivery) {
    succeeded(now);
  }
  return delivery;
}

Result<std::optional<Delivery>> PollLoop::read(const HttpAnswer& answer) {
  if (answer.head.status == kNotModified && !etag_.empty()) return std::optional<Delivery>();
  if (answer.head.status != kOk) return useless("the server answered " + status_text(answer.head.status));
  if (answer.head.media_type() != "application/json")
    return useless("the server sends " + in_quotes(answer.head.field("Content-Type")) + ", not application/json");
  Result<GrantList> list = parse_grant_list(answer.body, max_entries_);
  if (!list) return useless("the answer: " + describe(list.error()));
  seen_ = {usable_etag(answer.head.field("ETag")), std::move(list->version)};
  const bool same = seen_.etag.empty() && seen_.version == version_;
  if (same) return std::optional<Delivery>();
  Delivery delivery;
  delivery.snapshot = true;
  delivery.documents = std::move(list->grants);
  delivery.policy = std::move(list->policy);
  return std::optional(std::move(delivery));
}

void PollLoop::delivered(bool taken, BootTime now) {
  Seen seen = std::exchange(seen_, {});
  if (taken && !everything_) {
    etag_ = std::move(seen.etag);
    version_ = std::move(seen.version);
  } else {
    etag_.clear();
    version_.clear();
  }
  if (taken) return succeeded(now);
  back_off(Duration::zero(), now);
}

void PollLoop::resync(BootTime now) {
  everything_ = true;
  etag_.clear();
  version_.clear();
  due_ = std::max(std::min(due_, now), not_before_);
}

void PollLoop::succeeded(BootTime now) {
  backoff_.reset();
  const double share = 1 - kSpread / 2 + kSpread * jitter_();
  due_ = everything_ ? now : now + std::chrono::duration_cast<Duration>(interval_ * share);
}

void PollLoop::back_off(Duration at_least, BootTime now) {
  not_before_ = now + at_least;
  const Duration pause = everything_ ? Duration::zero() : backoff_.next(jitter_());
  due_ = std::max(now + pause, not_before_);
}

}  // namespace jitgate
