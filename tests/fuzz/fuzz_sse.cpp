// The bytes of a grant server's stream, through everything that judges them before the agent is asked: the parser of
// events, the entries, the state machine. The first byte says in which pieces they arrive, and what becomes of
// deliveries.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "agent/source/http/event_stream_parser.hpp"
#include "agent/source/http/subscribe_loop.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace jitgate;
using fuzz::check;

constexpr std::size_t kMaxEntries = 8;
constexpr std::size_t kMaxEvent = 4096;

struct Parsed {
  std::vector<StreamEvent> events;
  std::string last_id;
  std::optional<Duration> retry;
  bool failed = false;
};

Parsed parse(std::string_view bytes, std::size_t step) {
  EventStreamParser parser(kMaxEvent);
  Parsed parsed;
  for (; !bytes.empty() && !parsed.failed; bytes.remove_prefix(std::min(step, bytes.size()))) {
    const auto events = parser.feed(bytes.substr(0, step));
    parsed.failed = !events;
    if (events) parsed.events.insert(parsed.events.end(), events->begin(), events->end());
  }
  parsed.last_id = parser.last_id();
  parsed.retry = parser.retry();
  return parsed;
}

/// However the network cuts the stream, it says the same.
void check_pieces(std::string_view bytes, std::size_t step) {
  const Parsed whole = parse(bytes, bytes.size() + 1);
  const Parsed pieces = parse(bytes, step);
  check(whole.failed == pieces.failed, "pieces fail where the whole does");
  for (const StreamEvent& event : pieces.events) {
    check(event.data.size() <= kMaxEvent && event.type.size() <= kMaxEvent, "an event is bounded");
    check(event.type.find_first_of("\r\n") == std::string::npos, "a type is of one line");
    check(event.id.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "an id is of one line");
  }
  if (whole.failed) return;
  check(whole.events == pieces.events && whole.last_id == pieces.last_id && whole.retry == pieces.retry,
        "pieces say what the whole says");
}

/// What the deliveries come to, and what they must hold to.
class Holder {
 public:
  void take(const Delivery& delivery) {
    check(delivery.snapshot || begun_, "the first delivery is a snapshot");
    begun_ = true;
    std::set<std::string> spoken_of;
    for (const auto& document : delivery.documents)
      check(spoken_of.insert(document.key).second, "a delivery speaks of a key once");
    for (const auto& key : delivery.removed) check(spoken_of.insert(key).second, "a delivery speaks of a key once");
    if (delivery.snapshot) {
      check(delivery.removed.empty(), "a snapshot removes nothing");
      held_.clear();
    }
    for (const auto& document : delivery.documents) held_[document.key] = document.document;
    for (const auto& key : delivery.removed) held_.erase(key);
    check(held_.size() <= kMaxEntries, "the server holds no more than it may");
  }

 private:
  bool begun_ = false;
  std::map<std::string, std::string> held_;
};

void check_loop(std::string_view bytes, std::size_t step, unsigned choices) {
  SubscribeLoop loop(kMaxEntries, [] { return 0.5; });
  Holder holder;
  BootTime now{};
  for (int connections = 0; connections < 3; ++connections) {
    loop.connecting();
    std::string_view rest = bytes;
    for (unsigned turn = 0; !rest.empty(); ++turn) {
      const bool alive = loop.received(rest.substr(0, step)).has_value();
      rest.remove_prefix(std::min(step, rest.size()));
      while (const auto delivery = loop.take()) {
        check(!loop.has_delivery(), "one delivery is under way at a time");
        holder.take(*delivery);
        const bool taken = ((choices >> (turn % 8)) & 1U) == 0;
        loop.delivered(taken);
        if (!taken) rest = {};
      }
      if (!alive) break;
    }
    check(loop.longest_silence() >= std::chrono::seconds(3) && loop.longest_silence() <= std::chrono::minutes(15),
          "silence is bounded");
    loop.lost(now);
    check(!loop.in_sync(), "what is lost is not in sync");
    check(loop.due() >= now && loop.due() <= now + std::chrono::hours(1), "the pause is bounded");
    check(std::ranges::all_of(loop.resume_from(), [](char c) { return c > ' ' && c < 0x7f; }),
          "an id can be sent back");
    now = loop.due();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes = fuzz::text_of(data + 2, size - 2);
  const std::size_t step = data[0] % 64 + 1;
  check_pieces(bytes, step);
  check_loop(bytes, step, data[1]);
  return 0;
}
