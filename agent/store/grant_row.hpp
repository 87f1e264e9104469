#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/grant.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// Rows of `grants` with their ports, as stored and not trusted. What they hold lies in a few buffers, which can be
/// filled again, so that to read ten thousand grants is not to allocate a hundred thousand times.
class GrantRows {
 public:
  /// A stretch of the buffer; see text().
  struct Text {
    std::size_t begin;
    std::size_t size;
  };
  struct Port {
    std::int64_t port;
    Text status;
    Text reason;
    Text boot_id;
    BootTime boot_deadline;
    std::optional<WallTime> ended_at;
    bool cut_pending;
  };
  struct Row {
    std::int64_t row;
    Text id;
    Text digest;
    Text document;
    Text source;
    Text requestor;
    std::int64_t starts_at;
    std::int64_t ends_at;
    Text request;
    std::size_t first_port;  ///< index into ports()
    std::size_t port_count;
  };

  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] std::span<const Port> ports(const Row& row) const {
    return std::span(ports_).subspan(row.first_port, row.port_count);
  }
  /// Valid until something is added.
  [[nodiscard]] std::string_view text(Text at) const { return std::string_view(bytes_).substr(at.begin, at.size); }

  /// Of the row and the port that the statement stands on (kGrantColumns).
  void add_row(const SqliteStatement& statement);
  /// To the row that was added last.
  void add_port(const SqliteStatement& statement);
  /// Forgets everything and keeps the memory.
  void clear();

 private:
  [[nodiscard]] Text keep(std::string_view text);

  std::vector<Row> rows_;
  std::vector<Port> ports_;
  std::string bytes_;
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
  /// Adds the next grant to them. False: that was the last.
  [[nodiscard]] Result<bool> next(GrantRows& rows);

 private:
  SqliteStatement& statement_;
  bool begun_ = false;
  bool on_row_ = false;  ///< the statement stands on the first row of the next grant
};

/// The record that the row stands for: the document is parsed and must agree with every column. The error says what
/// does not.
[[nodiscard]] Result<GrantRecord> restore_record(const GrantRows& rows, const GrantRows::Row& row);

[[nodiscard]] inline std::string_view as_bytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

}  // namespace jitgate
