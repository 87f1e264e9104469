#include "platform/windows/event_log.hpp"

#include <windows.h>

#include <algorithm>
#include <memory>

#include "messages.h"  // made from messages.mc
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

constexpr const wchar_t* kSourceKey = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\jitgate";
constexpr std::size_t kMaxString = 31'839;  // characters (ReportEventW)

WORD type_of(EventSeverity severity) {
  switch (severity) {
    case EventSeverity::error:
      return EVENTLOG_ERROR_TYPE;
    case EventSeverity::warning:
      return EVENTLOG_WARNING_TYPE;
    case EventSeverity::information:
      break;
  }
  return EVENTLOG_INFORMATION_TYPE;
}

DWORD message_of(EventSeverity severity) {
  switch (severity) {
    case EventSeverity::error:
      return JITGATE_ERROR;
    case EventSeverity::warning:
      return JITGATE_WARNING;
    case EventSeverity::information:
      break;
  }
  return JITGATE_INFORMATION;
}

/// What a value says would otherwise be taken for one of the log's own insertions ("%1", "%n").
std::wstring insertable(std::string_view text) {
  std::wstring wide = wide_text(text);
  for (std::size_t at = wide.find(L'%'); at != std::wstring::npos; at = wide.find(L'%', at + 2))
    wide.insert(at, 1, L'%');
  return wide;
}

class EventLogJournal final : public Journal {
 public:
  Result<void> send(const JournalFields& fields) override {
    std::string text;
    std::string details;
    auto severity = EventSeverity::information;
    for (const auto& [name, value] : fields) {
      if (name == "MESSAGE") {
        text = value;
      } else if (name == "PRIORITY") {
        if (value < "5") severity = EventSeverity::warning;  // syslog(3): 4 is a warning
      } else if (name != "SYSLOG_IDENTIFIER" && name != "MESSAGE_ID") {
        details.append(name).append("=").append(value).append("\r\n");
      }
    }
    return log_.report_audit(severity, text, details);
  }

 private:
  EventLog log_;
};

}  // namespace

EventLog::EventLog() : source_(::RegisterEventSourceW(nullptr, wide_text(kServiceName).c_str())) {}

EventLog::~EventLog() {
  if (source_ != nullptr) ::DeregisterEventSource(source_);
}

Result<void> EventLog::report(EventSeverity severity, std::string_view text) {
  return write(severity, message_of(severity), text, {});
}

Result<void> EventLog::report_audit(EventSeverity severity, std::string_view text, std::string_view details) {
  return write(severity, JITGATE_AUDIT, text, details);
}

Result<void> EventLog::write(EventSeverity severity, unsigned long message, std::string_view text,
                             std::string_view details) {
  if (source_ == nullptr) return error(errc::not_found, "there is no event log");
  const std::wstring first = insertable(text);
  const std::wstring second = insertable(details);
  if (std::max(first.size(), second.size()) > kMaxString)
    return error(errc::invalid_argument, "too large for the event log");
  const wchar_t* strings[] = {first.c_str(), second.c_str()};
  const WORD count = details.empty() ? 1 : 2;
  if (::ReportEventW(source_, type_of(severity), 0, message, nullptr, count, 0, strings, nullptr) != FALSE) return {};
  auto failed = last_windows_error("the event log takes nothing");
  failed.code = errc::unavailable;
  return failed;
}

std::unique_ptr<Journal> make_event_log_journal() {
  return std::make_unique<EventLogJournal>();
}

Result<void> register_event_source(const std::string& program) {
  const std::wstring file = wide_text(program);
  constexpr DWORD kTypes = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
  LSTATUS failed = ::RegSetKeyValueW(HKEY_LOCAL_MACHINE, kSourceKey, L"EventMessageFile", REG_EXPAND_SZ, file.c_str(),
                                     static_cast<DWORD>((file.size() + 1) * sizeof(wchar_t)));
  if (failed == ERROR_SUCCESS)
    failed = ::RegSetKeyValueW(HKEY_LOCAL_MACHINE, kSourceKey, L"TypesSupported", REG_DWORD, &kTypes, sizeof kTypes);
  if (failed == ERROR_SUCCESS) return {};
  return windows_error(static_cast<std::uint32_t>(failed), "cannot make the event log know us");
}

Result<void> unregister_event_source() {
  const LSTATUS failed = ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, kSourceKey);
  if (failed == ERROR_SUCCESS || failed == ERROR_FILE_NOT_FOUND) return {};
  return windows_error(static_cast<std::uint32_t>(failed), "cannot make the event log forget us");
}

}  // namespace jitgate
