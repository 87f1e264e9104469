#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "agent/model/result.hpp"
#include "agent/source/delivery.hpp"

namespace jitgate {

/// What a grant source tells the agent. One for each source; every call is made on the event loop's thread.
class SourceSink {
 public:
  virtual ~SourceSink() = default;

  /// Judges the documents. When it completes with success, each was refused (which is audited, and no failure) or is
  /// durable and in the kernel. An error: the agent cannot take anything now (its store cannot be written, the locks
  /// are down); the source delivers a snapshot later, after a pause as after a lost connection. Deliveries of one
  /// source are made one after the other.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> deliver(Delivery delivery) = 0;

  /// The source was heard of: an answer, a heartbeat, a directory that could be read.
  virtual void note_contact() = 0;
  /// What keeps it from being heard of, in words for the status; nullopt: nothing. Told when it changes.
  virtual void note_problem(std::optional<std::string> problem) = 0;
};

}  // namespace jitgate
