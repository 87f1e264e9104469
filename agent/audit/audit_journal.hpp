#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agent/audit/audit_chain.hpp"
#include "platform/journal.hpp"

namespace jitgate {

/// What `journalctl MESSAGE_ID=...` finds the records by.
inline constexpr const char* kAuditMessageId = "3f1f1d5a0c7b4a7e9a5b6d0e8c2f4471";

/// A record as fields of the journal: MESSAGE, MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER, and JITGATE_EVENT, _STATUS,
/// _CALLER, _TIME, _CHAIN_SEQ, _CHAIN_HASH always; _PEER, _GRANT, _RESOURCE, _JUSTIFICATION, _REASON, _GENERATION where
/// they are known, and _PORT once for each port.
[[nodiscard]] JournalFields journal_fields(const AuditRecord& record);

/// Notes every audit record where whoever can write the database does not reach it. In the journal, every record with
/// its hash; where there is none, the hash of the newest in the log, once a transaction. Never waits: what a journal
/// that is stuck does not take is counted, and the number is sent when it takes something again. One thread.
class AuditJournal {
 public:
  /// Without a journal only the log is written.
  explicit AuditJournal(std::unique_ptr<Journal> journal) : journal_(std::move(journal)) {}

  void note(const std::vector<AuditRecord>& records);

 private:
  enum class Sent : std::uint8_t { yes, no, nowhere };
  [[nodiscard]] Sent send(const AuditRecord& record);
  void tell_lost();

  std::unique_ptr<Journal> journal_;
  std::uint64_t lost_ = 0;
};

}  // namespace jitgate
