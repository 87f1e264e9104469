#pragma once

#include <future>
#include <optional>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// What the other connection found; nullopt: it could not be made, which says nothing of the pages.
using PageVerdict = std::optional<Result<void>>;

/// Checks the pages of this database file (see check_pages()) beside whoever reads it, on a connection and a thread of
/// its own. Until the answer is taken nobody may write to the file. No future where that is of no use, or would not see
/// everything: a small file, or one that changes are still beside, in its write-ahead log.
///
/// The other connection takes no locks and knows no log (sqlite.org/uri.html, "immutable"), so that the exclusive lock
/// of the first does not keep it out.
[[nodiscard]] std::future<PageVerdict> check_pages_beside(const std::string& path);

}  // namespace jitgate
