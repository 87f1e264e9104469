#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// One event of a stream.
struct StreamEvent {
  std::string type;  ///< "message" where the stream names none
  std::string data;  ///< an event without a line of it is none (only its id counts)
  std::string id;    ///< the last that the stream has named, empty where none
  friend bool operator==(const StreamEvent&, const StreamEvent&) = default;
};

/// Takes `text/event-stream` apart as it arrives, as the WHATWG HTML standard has it (9.2.6 "Interpreting an event
/// stream"), within limits. Sans-I/O. What is not ended by an empty line when the stream ends is no event.
class EventStreamParser {
 public:
  /// `max_event`: bytes of one line, and of the data of one event.
  explicit EventStreamParser(std::size_t max_event) : max_event_(max_event) {}

  /// The events that end in these bytes. After a failure the stream is of no use any more.
  [[nodiscard]] Result<std::vector<StreamEvent>> feed(std::string_view bytes);

  /// The last `retry:` of the stream: how long to wait before connecting again; at most an hour.
  [[nodiscard]] std::optional<Duration> retry() const { return retry_; }
  /// The last id of the stream; empty where it has named none, or taken it back.
  [[nodiscard]] const std::string& last_id() const { return last_id_; }

 private:
  [[nodiscard]] Result<void> take_line(std::vector<StreamEvent>& events);
  [[nodiscard]] Result<void> take_field(std::string_view name, std::string_view value);
  void dispatch(std::vector<StreamEvent>& events);

  std::size_t max_event_;
  std::string line_;
  bool first_line_ = true;
  bool after_cr_ = false;  ///< a line feed now belongs to the line end that was
  std::string type_;
  std::string data_;
  std::string id_;  ///< counts from the next empty line on
  std::string last_id_;
  std::optional<Duration> retry_;
};

}  // namespace jitgate
