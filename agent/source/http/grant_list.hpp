#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"
#include "agent/signature/signed_document.hpp"
#include "agent/source/delivery.hpp"

namespace jitgate {

// What a grant server says, as docs/protocol.md has it. Everything is read strictly: unknown keys, duplicate keys and
// wrong types are refused, and the error's target is the path of the value. What a document says is the agent's to
// judge.

/// No configuration lets a source have more.
inline constexpr std::size_t kMostEntries = 100'000;

/// Bytes of one entry as JSON: document and signature at their largest, every byte of them escaped, and a key.
inline constexpr std::size_t kMaxEntry = signature::kMaxEnvelope + 8 * 1024;

/// Bytes of all entries together.
[[nodiscard]] constexpr std::size_t max_list(std::size_t entries) {
  return 2 * kMaxEntry + entries * 4096;
}

/// The answer to a poll.
struct GrantList {
  std::string version;  ///< differs where anything else does
  std::vector<DeliveredDocument> grants;
  std::optional<std::vector<PolicyPort>> policy;
};

[[nodiscard]] Result<GrantList> parse_grant_list(std::string_view json, std::size_t max_entries);

/// The data of `grant`.
[[nodiscard]] Result<DeliveredDocument> parse_grant_entry(std::string_view json);

/// The data of `remove`: the key.
[[nodiscard]] Result<std::string> parse_removal(std::string_view json);

/// The data of `policy`.
[[nodiscard]] Result<std::vector<PolicyPort>> parse_source_policy(std::string_view json);

/// The data of `sync`.
struct SyncPoint {
  std::string version;
  std::optional<Duration> heartbeat;  ///< how often the server gives a sign of life; 1 to 300 s
};
[[nodiscard]] Result<SyncPoint> parse_sync(std::string_view json);

}  // namespace jitgate
