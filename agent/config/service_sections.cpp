#include <chrono>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestRetention = std::chrono::days(3650);
constexpr std::int64_t kFewestRecords = 1'000;
constexpr std::int64_t kMostRecords = 100'000'000;
constexpr std::string_view kTemporaryEnding = ".new";  // of the file that takes the place of the old one

/// A port alone is one of this host's own: that others may read along is to be written down.
std::optional<ListenAddress> read_metrics_listen(const Field& field) {
  const auto text = scalar_text(field);
  if (const auto port = text ? PortNumber::parse(*text) : Result<PortNumber>(error(errc::invalid_argument, "")))
    return ListenAddress{"127.0.0.1", port->value()};
  return read_listen_address(field, "a port (of 127.0.0.1), \"192.0.2.1:9464\" or \"[::1]:9464\"");
}

}  // namespace

void read_clock(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto wait = map.get("wait")) assign(config.clock_wait, read_duration(*wait, 1s, 1h));
  map.done();
}

void read_state(const Field& field, Config& config) {
  MapReader map(field);
  if (const auto directory = map.get("directory")) assign(config.state_directory, read_path(*directory));
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

void read_metrics(const Field& field, Config& config) {
  MapReader map(field);
  const auto listen = map.get("listen");
  const auto textfile = map.get("textfile");
  map.done();
  if (listen && !listen->is_null()) config.metrics.listen = read_metrics_listen(*listen);
  if (!textfile || textfile->is_null()) return;
  config.metrics.textfile = read_path(*textfile, kMaxPath - kTemporaryEnding.size());
  // node_exporter reads nothing else, and must not read what is being written.
  if (config.metrics.textfile && !config.metrics.textfile->ends_with(".prom"))
    textfile->wrong(shown(*textfile) + " would not be read by node_exporter", "a path that ends in .prom");
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
