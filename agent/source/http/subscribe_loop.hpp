#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "agent/http_client/http_get.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/source/backoff.hpp"
#include "agent/source/http/change_queue.hpp"
#include "agent/source/http/event_stream_parser.hpp"
#include "agent/source/http/grant_list.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {

/// What to do with a server that is subscribed to: when to connect, from where to resume, what its bytes mean, and when
/// it is lost. Sans-I/O. The shell connects, reads, delivers what take() gives, one after the other, and reports.
///
/// An unfinished snapshot is never delivered. What has been delivered and taken is never asked for again where the
/// server can resume; where the agent could not take something, the server is asked for everything.
class SubscribeLoop {
 public:
  /// `max_entries`: that the server may hold.
  SubscribeLoop(std::size_t max_entries, Jitter jitter);

  /// When to connect. Only once nothing waits to be delivered.
  [[nodiscard]] BootTime due() const { return due_; }
  /// The Last-Event-ID to send; empty: none, everything is wanted.
  [[nodiscard]] const std::string& resume_from() const { return resume_from_; }

  void connecting();
  /// Fails where this is not a stream of events.
  [[nodiscard]] Result<void> opened(const HttpHead& head, WallTime now);
  /// Fails where the stream is of no use any more.
  [[nodiscard]] Result<void> received(std::string_view bytes);
  /// The connection is over, whoever ended it.
  void lost(BootTime now);

  /// How long a stream may say nothing at all: three times what it promised.
  [[nodiscard]] Duration longest_silence() const { return 3 * heartbeat_; }
  /// How long the server may take from the connection to `sync`.
  static constexpr Duration kLongestBeginning = std::chrono::minutes(5);
  [[nodiscard]] bool awaits_sync() const { return awaits_sync_; }
  /// The agent knows all that the server has said up to its last `sync`.
  [[nodiscard]] bool in_sync() const { return in_sync_; }

  [[nodiscard]] bool has_delivery() const { return !queue_.empty() && !in_flight_; }
  /// So much waits that nothing more should be read.
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] std::optional<Delivery> take();
  /// Of what take() gave last: the agent has taken it, or not. If not, the connection is to be ended.
  void delivered(bool taken);
  /// Everything is wanted again; the connection is to be ended, and the next one made at once, or as soon as the server
  /// has said that it may be.
  void resync(BootTime now);

 private:
  enum class State { opened, snapshot, live };
  struct InFlight {
    std::string id;
    bool in_sync;
  };

  [[nodiscard]] Result<void> take_event(const StreamEvent& event);
  [[nodiscard]] Result<void> begin_snapshot();
  [[nodiscard]] Result<void> take_grant(const StreamEvent& event);
  [[nodiscard]] Result<void> take_removal(const StreamEvent& event);
  [[nodiscard]] Result<void> take_policy(const StreamEvent& event);
  [[nodiscard]] Result<void> take_sync(const StreamEvent& event);
  [[nodiscard]] Result<void> go_live();
  [[nodiscard]] Result<void> make_room(const std::string& key, const std::unordered_set<std::string>& keys) const;
  void note_id(const std::string& id);
  void reach_sync();

  std::size_t max_entries_;
  Jitter jitter_;
  Backoff backoff_;
  BootTime due_{};
  std::optional<Duration> retry_after_;
  BootTime not_before_{};  ///< the server has said so
  Duration heartbeat_;
  std::string resume_from_;
  EventStreamParser parser_;
  State state_ = State::opened;
  Delivery snapshot_;
  std::size_t snapshot_bytes_ = 0;
  std::unordered_set<std::string> snapshot_keys_;
  std::unordered_set<std::string> held_;  ///< keys that the server holds
  ChangeQueue queue_;
  std::optional<InFlight> in_flight_;
  bool connected_ = false;
  bool awaits_sync_ = true;
  bool in_sync_ = false;
  bool everything_ = false;  ///< is wanted: what is still to be delivered resumes nothing
  bool at_once_ = false;
};

}  // namespace jitgate
