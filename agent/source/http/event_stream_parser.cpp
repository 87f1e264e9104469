#include "agent/source/http/event_stream_parser.hpp"

#include <algorithm>
#include <charconv>

namespace jitgate {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMaxId = 256;
constexpr Duration kLongestRetry = std::chrono::hours(1);

Error malformed(std::string why) {
  return error(errc::unavailable, std::move(why));
}

std::optional<Duration> parse_retry(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::int64_t milliseconds = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds);
  if (code != std::errc()) return kLongestRetry;
  return std::min<Duration>(std::chrono::milliseconds(std::min<std::int64_t>(milliseconds, 3'600'000)), kLongestRetry);
}

}  // namespace

Result<std::vector<StreamEvent>> EventStreamParser::feed(std::string_view bytes) {
  std::vector<StreamEvent> events;
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const auto end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > max_event_)
      return malformed("a line of the stream is longer than " + std::to_string(max_event_) + " bytes");
    line_.append(piece);
    if (end == std::string_view::npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (const Result<void> taken = take_line(events); !taken) return taken.error();
    line_.clear();
  }
  return events;
}

Result<void> EventStreamParser::take_line(std::vector<StreamEvent>& events) {
  std::string_view line = line_;
  if (first_line_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  first_line_ = false;
  if (line.empty()) {
    dispatch(events);
    return {};
  }
  const auto colon = line.find(':');
  if (colon == 0) return {};
  if (colon == std::string_view::npos) return take_field(line, {});
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return take_field(line.substr(0, colon), value);
}

Result<void> EventStreamParser::take_field(std::string_view name, std::string_view value) {
  if (name == "event") {
    type_ = value;
  } else if (name == "data") {
    if (data_.size() + value.size() + 1 > max_event_)
      return malformed("an event of the stream is longer than " + std::to_string(max_event_) + " bytes");
    data_.append(value).append(1, '\n');
  } else if (name == "id") {
    if (value.size() > kMaxId)
      return malformed("an id of the stream is longer than " + std::to_string(kMaxId) + " bytes");
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    if (const auto retry = parse_retry(value)) retry_ = retry;
  }
  return {};
}

void EventStreamParser::dispatch(std::vector<StreamEvent>& events) {
  last_id_ = id_;
  if (!data_.empty()) {
    data_.pop_back();
    events.push_back({type_.empty() ? "message" : std::move(type_), std::move(data_), last_id_});
  }
  type_.clear();
  data_.clear();
}

}  // namespace jitgate
