#pragma once

#include "agent/store/sqlite_store.hpp"

namespace jitgate::test {

/// In slices of seven rows, so that some need more than one.
inline constexpr std::size_t kRowsAtOnce = 7;

inline Result<AuditSpan> verify_trail(SqliteStore& store, std::optional<AuditHead> noted = {}) {
  AuditCheck progress{.noted = noted};
  for (;;) {
    auto checked = store.check_audit(progress, kRowsAtOnce);
    if (!checked) return checked.error();
    if (*checked) return **checked;
  }
}

inline Result<AuditPage> search_trail(SqliteStore& store, AuditQuery query) {
  AuditProgress progress{.query = std::move(query)};
  for (;;) {
    auto page = store.search_audit(progress, kRowsAtOnce);
    if (!page) return page.error();
    if (*page) return std::move(**page);
  }
}

}  // namespace jitgate::test
