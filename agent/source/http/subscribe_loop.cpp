#include "agent/source/http/subscribe_loop.hpp"

#include <algorithm>
#include <utility>

#include "agent/http_client/retry_after.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

constexpr Duration kFirstBackoff = std::chrono::seconds(1);
constexpr Duration kLongestBackoff = std::chrono::seconds(60);
constexpr Duration kUsualHeartbeat = std::chrono::seconds(15);
constexpr std::size_t kMostWaiting = 4096;
constexpr std::size_t kMostBytesWaiting = 8 * 1024 * 1024;

Error broken(std::string why) {
  return error(errc::unavailable, std::move(why));
}

Error in_event(const StreamEvent& event, const Error& why) {
  return broken("the event " + in_quotes(event.type) + ": " + describe(why));
}

bool can_be_sent(std::string_view id) {
  return std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

SubscribeLoop::SubscribeLoop(std::size_t max_entries, Jitter jitter)
    : max_entries_(std::min(max_entries, kMostEntries)),
      jitter_(std::move(jitter)),
      backoff_(kFirstBackoff, kLongestBackoff),
      heartbeat_(kUsualHeartbeat),
      parser_(kMaxEntry) {}

void SubscribeLoop::connecting() {
  parser_ = EventStreamParser(kMaxEntry);
  state_ = State::opened;
  heartbeat_ = kUsualHeartbeat;
  retry_after_.reset();
  at_once_ = false;
  connected_ = true;
  awaits_sync_ = true;
  if (std::exchange(everything_, false)) resume_from_.clear();
}

Result<void> SubscribeLoop::opened(const HttpHead& head, WallTime now) {
  constexpr unsigned kOk = 200;
  if (head.status != kOk) {
    retry_after_ = parse_retry_after(head.field("Retry-After"), now);
    return broken("the server answered " + status_text(head.status));
  }
  if (head.media_type() != "text/event-stream")
    return broken("the server sends " + in_quotes(head.field("Content-Type")) + ", not text/event-stream");
  return {};
}

Result<void> SubscribeLoop::received(std::string_view bytes) {
  const auto events = parser_.feed(bytes);
  if (const auto retry = parser_.retry()) backoff_.set_first(*retry);
  if (!events) return events.error();
  for (const StreamEvent& event : *events)
    if (const Result<void> taken = take_event(event); !taken) return taken.error();
  return {};
}

void SubscribeLoop::lost(BootTime now) {
  snapshot_ = {};
  snapshot_keys_.clear();
  in_sync_ = false;
  connected_ = false;
  not_before_ = now + retry_after_.value_or(Duration::zero());
  const Duration pause = at_once_ ? Duration::zero() : backoff_.next(jitter_());
  due_ = std::max(now + pause, not_before_);
}

Result<void> SubscribeLoop::take_event(const StreamEvent& event) {
  if (!can_be_sent(event.id)) return broken("the id " + in_quotes(event.id) + " is not of visible ASCII characters");
  Result<void> taken;
  if (event.type == "snapshot") {
    taken = begin_snapshot();
  } else if (event.type == "grant") {
    taken = take_grant(event);
  } else if (event.type == "remove") {
    taken = take_removal(event);
  } else if (event.type == "policy") {
    taken = take_policy(event);
  } else if (event.type == "sync") {
    taken = take_sync(event);
  } else if (event.type != "heartbeat") {
    return broken("an event of this type is not known: " + in_quotes(event.type));
  }
  if (!taken) return in_event(event, taken.error());
  if (state_ == State::live) note_id(event.id);
  return {};
}

Result<void> SubscribeLoop::begin_snapshot() {
  if (state_ == State::snapshot) return broken("the snapshot before it has not ended");
  state_ = State::snapshot;
  snapshot_ = {};
  snapshot_.snapshot = true;
  snapshot_bytes_ = 0;
  snapshot_keys_.clear();
  return {};
}

Result<void> SubscribeLoop::take_grant(const StreamEvent& event) {
  Result<DeliveredDocument> entry = parse_grant_entry(event.data);
  if (!entry) return entry.error();
  if (state_ != State::snapshot) {
    if (const Result<void> live = go_live(); !live) return live;
    if (const Result<void> room = make_room(entry->key, held_); !room) return room;
    held_.insert(entry->key);
    queue_.put(std::move(*entry));
    return {};
  }
  if (snapshot_keys_.contains(entry->key))
    return broken("the snapshot has the key " + in_quotes(entry->key) + " twice");
  if (const Result<void> room = make_room(entry->key, snapshot_keys_); !room) return room;
  snapshot_bytes_ += event.data.size();
  if (snapshot_bytes_ > max_list(max_entries_))
    return broken("the snapshot is larger than " + std::to_string(max_list(max_entries_)) + " bytes");
  snapshot_keys_.insert(entry->key);
  snapshot_.documents.push_back(std::move(*entry));
  return {};
}

Result<void> SubscribeLoop::take_removal(const StreamEvent& event) {
  Result<std::string> key = parse_removal(event.data);
  if (!key) return key.error();
  if (state_ == State::snapshot) return broken("a snapshot removes nothing");
  if (const Result<void> live = go_live(); !live) return live;
  held_.erase(*key);
  queue_.remove(std::move(*key));
  return {};
}

Result<void> SubscribeLoop::take_policy(const StreamEvent& event) {
  Result<std::vector<PolicyPort>> ports = parse_source_policy(event.data);
  if (!ports) return ports.error();
  if (state_ == State::snapshot) {
    snapshot_.policy = std::move(*ports);
    return {};
  }
  if (const Result<void> live = go_live(); !live) return live;
  queue_.set_policy(std::move(*ports));
  return {};
}

Result<void> SubscribeLoop::take_sync(const StreamEvent& event) {
  const Result<SyncPoint> point = parse_sync(event.data);
  if (!point) return point.error();
  if (!event.id.empty() && event.id != point->version)
    return broken("its version " + in_quotes(point->version) + " is not its id " + in_quotes(event.id));
  if (state_ == State::snapshot) {
    held_ = std::exchange(snapshot_keys_, {});
    queue_.put_snapshot(std::exchange(snapshot_, {}));
    state_ = State::live;
  } else if (const Result<void> live = go_live(); !live) {
    return live;
  }
  awaits_sync_ = false;
  if (point->heartbeat) heartbeat_ = *point->heartbeat;
  if (queue_.set_in_sync()) return {};
  if (in_flight_) {
    in_flight_->in_sync = true;
  } else {
    reach_sync();
  }
  return {};
}

/// The server goes on from the id that it was asked to.
Result<void> SubscribeLoop::go_live() {
  if (state_ == State::opened && resume_from_.empty()) return broken("comes before a snapshot");
  state_ = State::live;
  return {};
}

Result<void> SubscribeLoop::make_room(const std::string& key, const std::unordered_set<std::string>& keys) const {
  if (keys.size() < max_entries_ || keys.contains(key)) return {};
  return broken("is one more than " + std::to_string(max_entries_) + " (limits.grantsPerSource)");
}

void SubscribeLoop::note_id(const std::string& id) {
  if (queue_.set_id(id)) return;
  if (in_flight_) {
    in_flight_->id = id;
  } else if (!everything_) {
    resume_from_ = id;
  }
}

/// What a lost connection had brought may have been judged since; that does not make a new one.
void SubscribeLoop::reach_sync() {
  in_sync_ = connected_;
  backoff_.reset();
}

bool SubscribeLoop::is_full() const {
  return queue_.size() > kMostWaiting || queue_.bytes() > kMostBytesWaiting;
}

std::optional<Delivery> SubscribeLoop::take() {
  if (!has_delivery()) return std::nullopt;
  auto batch = queue_.take();
  in_flight_ = InFlight{std::move(batch->id), batch->in_sync};
  return std::move(batch->delivery);
}

void SubscribeLoop::delivered(bool taken) {
  const InFlight done = *std::exchange(in_flight_, std::nullopt);
  if (!taken) {
    queue_.clear();
    everything_ = true;
    in_sync_ = false;
    return;
  }
  if (!everything_) resume_from_ = done.id;
  if (done.in_sync) reach_sync();
}

void SubscribeLoop::resync(BootTime now) {
  everything_ = true;
  at_once_ = true;
  due_ = std::max(std::min(due_, now), not_before_);
}

}  // namespace jitgate
