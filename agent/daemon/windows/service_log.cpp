#include "agent/daemon/windows/service_log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <mutex>
#include <string_view>

#include "platform/host_defaults.hpp"
#include "platform/state_directory.hpp"
#include "platform/windows/event_log.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kFileSize = 5 * 1024 * 1024;
constexpr std::size_t kOlderFiles = 3;

/// The event log stamps and sorts its entries itself: it gets the bare message.
class EventLogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  EventLogSink() { set_level(spdlog::level::warn); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto severity = message.level >= spdlog::level::err ? EventSeverity::error : EventSeverity::warning;
    // There is nobody to tell that the log does not take it.
    static_cast<void>(log_.report(severity, std::string_view(message.payload.data(), message.payload.size())));
  }
  void flush_() override {}

 private:
  EventLog log_;
};

}  // namespace

spdlog::sink_ptr make_service_log() {
  auto both = std::make_shared<spdlog::sinks::dist_sink_mt>();
  both->add_sink(std::make_shared<EventLogSink>());
  const std::string directory = host_defaults().state_directory + "\\log";
  if (const auto made = make_state_directory(directory); !made) {
    static_cast<void>(EventLog().report(EventSeverity::warning, "no log file: " + describe(made.error())));
    return both;
  }
  try {
    both->add_sink(
        std::make_shared<spdlog::sinks::rotating_file_sink_mt>(directory + "\\jitgated.log", kFileSize, kOlderFiles));
  } catch (const spdlog::spdlog_ex& failed) {
    static_cast<void>(EventLog().report(EventSeverity::warning, std::string("no log file: ") + failed.what()));
  }
  return both;
}

}  // namespace jitgate
