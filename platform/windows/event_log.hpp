#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "platform/journal.hpp"

namespace jitgate {

/// The name by which Windows' event log knows us, and the service manager too.
inline constexpr std::string_view kServiceName = "jitgate";

enum class EventSeverity { information, warning, error };

/// Entries of the Application log with source "jitgate" (learn.microsoft.com, ReportEventW). Any thread.
class EventLog {
 public:
  EventLog();
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// A message of the daemon. errc::not_found: there is no event log; errc::unavailable: it does not take anything now.
  [[nodiscard]] Result<void> report(EventSeverity severity, std::string_view text);
  /// An audit record: `text` for people, `details` with a field a line.
  [[nodiscard]] Result<void> report_audit(EventSeverity severity, std::string_view text, std::string_view details);

 private:
  Result<void> write(EventSeverity severity, unsigned long message, std::string_view text, std::string_view details);

  void* source_;  ///< null: there is none
};

/// Audit records as events, their fields as lines NAME=value.
[[nodiscard]] std::unique_ptr<Journal> make_event_log_journal();

/// Makes the source known, with `program` as the file that has its messages, or forgets it. Needs an administrator;
/// forgetting one that is not there is success.
[[nodiscard]] Result<void> register_event_source(const std::string& program);
[[nodiscard]] Result<void> unregister_event_source();

}  // namespace jitgate
