#include <chrono>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestRetention = std::chrono::days(3650);
constexpr std::int64_t kFewestRecords = 1'000;
constexpr std::int64_t kMostRecords = 100'000'000;
constexpr std::size_t kMaxPath = 4095;  // PATH_MAX without its terminating zero

}  // namespace

void read_clock(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto wait = map.get("wait")) assign(config.clock_wait, read_duration(*wait, 1s, 1h));
  map.done();
}

void read_state(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto directory = map.get("directory")) assign(config.state_directory, read_path(*directory, kMaxPath));
  map.done();
}

void read_audit(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto age = map.get("retention"))
    assign(config.audit.retention.age, read_duration(*age, 24h, kLongestRetention));
  if (const auto records = map.get("maximumRecords")) {
    if (const auto most = read_integer(*records, kFewestRecords, kMostRecords))
      config.audit.retention.records = static_cast<std::uint64_t>(*most);
  }
  if (const auto journald = map.get("journald")) assign(config.audit.journald, read_boolean(*journald));
  map.done();
}

void read_metrics(const Field& field) {
  MapReader map(field);
  map.unsupported_unless_null("listen");
  map.unsupported_unless_null("textfile");
  map.done();
}

void read_log(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto level = map.get("level")) {
    assign(
        config.log_level,
        read_choice<std::string>(
            *level, {{"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}}));
  }
  if (const auto format = map.get("format")) {
    assign(config.log_format, read_choice<LogFormat>(*format, {{"text", LogFormat::text}, {"json", LogFormat::json}}));
  }
  map.done();
}

}  // namespace jitgate
