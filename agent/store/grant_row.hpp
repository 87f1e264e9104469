#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/grant.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// One row of `grants` with its ports, as stored and not trusted.
struct GrantRow {
  std::int64_t row = 0;
  std::string id;
  std::string digest;
  std::string document;
  std::string source;
  std::string requestor;
  std::int64_t starts_at = 0;
  std::int64_t ends_at = 0;
  std::string request;
  struct Port {
    std::int64_t port = 0;
    std::string status;
    std::string reason;
    PortState rest;  ///< everything but status and reason
  };
  std::vector<Port> ports;
};

/// The columns that GrantRowReader expects, from `grants g LEFT JOIN grant_ports p`.
inline constexpr const char* kGrantColumns =
    "g.row, g.id, g.digest, g.document, g.source, g.requestor, g.starts_at, g.ends_at, g.request, "
    "p.port, p.status, p.reason, p.boot_id, p.boot_deadline, p.ended_at, p.cut_pending";

/// Steps through a statement whose rows are ordered by grant, then by port, and puts the ports of a grant together. The
/// statement must outlive it; resetting it is the caller's.
class GrantRowReader {
 public:
  explicit GrantRowReader(SqliteStatement& statement) : statement_(statement) {}
  /// nullopt: that was the last.
  [[nodiscard]] Result<std::optional<GrantRow>> next();

 private:
  SqliteStatement& statement_;
  bool begun_ = false;
  bool on_row_ = false;  ///< the statement stands on the first row of the next grant
};

/// The record that the row stands for: the document is parsed and must agree with every column. The error says what
/// does not.
[[nodiscard]] Result<GrantRecord> restore_record(GrantRow row);

[[nodiscard]] inline std::string_view as_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

}  // namespace jitgate
