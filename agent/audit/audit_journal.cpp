#include "agent/audit/audit_journal.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "agent/audit/audit_text.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

// syslog(3)
constexpr const char* kInformational = "6";
constexpr const char* kNotice = "5";
constexpr const char* kWarning = "4";

AuditHead head_of(const AuditRecord& record) {
  return {record.event.sequence, record.hash};
}

/// One line for people, with the head as the log has it.
std::string message(const AuditRecord& record) {
  const AuditEvent& event = record.event;
  std::string text = event.operation + " " + event.outcome + " by " + event.caller;
  if (!event.resource.empty()) text += ": " + event.resource;
  if (!event.reason.empty()) text += " (" + event.reason + ")";
  return terminal_text(text) + "; audit head " + to_string(head_of(record));
}

void add_ports(JournalFields& fields, std::string_view ports) {
  while (!ports.empty()) {
    const std::size_t end = std::min(ports.find(','), ports.size());
    fields.emplace_back("JITGATE_PORT", ports.substr(0, end));
    ports.remove_prefix(std::min(end + 1, ports.size()));
  }
}

}  // namespace

JournalFields journal_fields(const AuditRecord& record) {
  const AuditEvent& event = record.event;
  JournalFields fields{{"MESSAGE", message(record)},
                       {"MESSAGE_ID", kAuditMessageId},
                       {"PRIORITY", event.outcome == "Succeeded" ? kInformational : kNotice},
                       {"SYSLOG_IDENTIFIER", "jitgated"},
                       {"JITGATE_EVENT", event.operation},
                       {"JITGATE_STATUS", event.outcome},
                       {"JITGATE_CALLER", event.caller},
                       {"JITGATE_TIME", to_string(event.at)},
                       {"JITGATE_CHAIN_SEQ", std::to_string(event.sequence)},
                       {"JITGATE_CHAIN_HASH", to_hex(record.hash)}};
  const auto add_known = [&fields](std::string_view name, const std::string& value) {
    if (!value.empty()) fields.emplace_back(name, value);
  };
  add_known("JITGATE_PEER", event.peer);
  add_known("JITGATE_GRANT", event.grant_id);
  add_known("JITGATE_RESOURCE", event.resource);
  add_known("JITGATE_JUSTIFICATION", event.justification);
  add_known("JITGATE_REASON", event.reason);
  if (event.generation != 0) fields.emplace_back("JITGATE_GENERATION", std::to_string(event.generation));
  add_ports(fields, event.ports);
  return fields;
}

AuditJournal::Sent AuditJournal::send(const AuditRecord& record) {
  if (!journal_) return Sent::nowhere;
  const auto sent = journal_->send(journal_fields(record));
  if (sent) return Sent::yes;
  return sent.error().code == errc::not_found ? Sent::nowhere : Sent::no;
}

void AuditJournal::tell_lost() {
  if (lost_ == 0 || !journal_) return;
  const std::string text = std::to_string(lost_) +
                           " audit records were not taken by the journal before this; they are "
                           "in the audit trail";
  const JournalFields fields{
      {"MESSAGE", text}, {"PRIORITY", kWarning}, {"SYSLOG_IDENTIFIER", "jitgated"}, {"JITGATE_EVENT", "journal.lost"}};
  if (journal_->send(fields)) lost_ = 0;
}

void AuditJournal::note(const std::vector<AuditRecord>& records) {
  bool nowhere = false;
  for (const AuditRecord& record : records) {
    switch (send(record)) {
      case Sent::yes:
        tell_lost();
        break;
      case Sent::no:
        // Not to the log either: under systemd it is the same journal, and writing to it would wait.
        ++lost_;
        break;
      case Sent::nowhere:
        nowhere = true;
        break;
    }
  }
  if (nowhere) spdlog::info("audit head {}", to_string(head_of(records.back())));
}

}  // namespace jitgate
