#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "agent/model/grant.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Largest grant document that is read, in bytes.
inline constexpr std::size_t kMaxGrantDocument = 64 * 1024;
/// Most ports in one document.
inline constexpr std::size_t kMaxGrantPorts = 64;

/// Parses `{"apiVersion": "jitgate/v1", "kind": "AccessGrant", ...}` strictly: unknown and duplicate keys, wrong types,
/// numbers that are not integers, trailing bytes, control characters in names, an empty requestor or over-long strings
/// (id 128, names 256, justification 1024 bytes) are refused with the path of the offending field in `target`.
/// `startTimeUtc` >= `endTimeUtc` is refused. The digest is of `bytes`.
[[nodiscard]] Result<Grant> parse_grant_document(std::string_view bytes);

/// The document for a grant made here; parse_grant_document of it gives the same grant (`digest` apart).
[[nodiscard]] std::string write_grant_document(const Grant& grant);

/// The grant as `jitgate grants --json` shows it: the document's fields plus per port `status`, `statusReason`,
/// `remainingSeconds` (0 when ended; computed at `wall_now`, and no more than the boot deadline leaves where
/// the state's boot_id equals `boot_id`), and `source`.
[[nodiscard]] boost::json::value to_json(const GrantRecord& record, WallTime wall_now, BootTime boot_now,
                                         std::string_view boot_id);

}  // namespace jitgate
