#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "agent/http_client/http_get.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/source/backoff.hpp"
#include "agent/source/delivery.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {

/// What to do with a server that is polled: when to ask, for what change, and what its answers mean. Sans-I/O. The
/// shell asks, delivers what answered() gives, and reports.
class PollLoop {
 public:
  /// `interval`: between two questions, give or take a fifth, so that hosts never poll in step. `max_entries`: that the
  /// server may hold.
  PollLoop(Duration interval, std::size_t max_entries, Jitter jitter);

  /// When to ask.
  [[nodiscard]] BootTime due() const { return due_; }
  /// The If-None-Match to send; empty: none.
  [[nodiscard]] const std::string& etag() const { return etag_; }

  void asking();
  /// There was no answer.
  void failed(BootTime now);
  /// What to deliver; nullopt: nothing has changed. Fails where the answer is of no use.
  [[nodiscard]] Result<std::optional<Delivery>> answered(const HttpAnswer& answer, BootTime now, WallTime wall);
  /// The agent has taken what answered() gave, or not: then it gets everything again.
  void delivered(bool taken, BootTime now);
  /// Asks for everything, at once, or as soon as the server has said that it may be asked.
  void resync(BootTime now);

 private:
  /// What an answer was a version of; empty: it did not say.
  struct Seen {
    std::string etag;
    std::string version;
  };

  [[nodiscard]] Result<std::optional<Delivery>> read(const HttpAnswer& answer);
  void succeeded(BootTime now);
  void back_off(Duration at_least, BootTime now);

  Duration interval_;
  std::size_t max_entries_;
  Jitter jitter_;
  Backoff backoff_;
  BootTime due_{};
  BootTime not_before_{};  ///< the server has said so
  std::string etag_;
  std::string version_;
  Seen seen_;
  bool everything_ = false;  ///< is wanted: the answer to a question that was asked before does not do
};

}  // namespace jitgate
