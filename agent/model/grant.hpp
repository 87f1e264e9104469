#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/digest.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

/// One opening: exactly (source, protocol, port) until `end`.
struct GrantPort {
  PortNumber number;
  Protocol protocol;
  AddressPrefix source;
  WallTime end;
  friend bool operator==(const GrantPort&, const GrantPort&) = default;
};
/// The same port, protocol and source, until whenever.
[[nodiscard]] bool same_opening(const GrantPort& a, const GrantPort& b);

/// An approved request. Immutable: a change is a new grant. `id` and `digest` together are its identity. (One that
/// waits for approval has its id already; its times and its approver are fixed when it is approved.)
struct Grant {
  std::string id;               ///< 1..128 of [A-Za-z0-9._-]; ours are UUIDv7 (RFC 9562)
  Digest digest;                ///< of the document's exact bytes
  std::string virtual_machine;  ///< the host it is for
  std::string requestor;
  std::optional<std::string> approver;
  WallTime start;
  std::string justification;
  std::vector<GrantPort> ports;  ///< never empty
  friend bool operator==(const Grant&, const Grant&) = default;
};

/// As in the Azure REST resource: per port of a request.
enum class Status : std::uint8_t { initiated, revoked };
enum class StatusReason : std::uint8_t {
  none,
  expired,
  user_requested,
  newer_request_initiated,
  policy_changed,
  denied,
  pending
};

/// "Initiated", "Revoked".
std::string_view to_string(Status status);
/// "", "Expired", "UserRequested", "NewerRequestInitiated", "PolicyChanged", "Denied", "Pending".
std::string_view to_string(StatusReason reason);
[[nodiscard]] Result<Status> parse_status(std::string_view text);
[[nodiscard]] Result<StatusReason> parse_status_reason(std::string_view text);

/// What became of one port of a grant. The boot-time deadline holds within `boot_id` only; the earlier of it and
/// GrantPort::end closes the port.
struct PortState {
  Status status = Status::initiated;
  StatusReason reason = StatusReason::none;
  std::string boot_id;
  BootTime boot_deadline{};
  std::optional<WallTime> ended_at;  ///< set exactly when status is revoked
  /// True while connections of the ended port are still to be cut (KeepAtMost, UDP); cleared when done.
  bool cut_pending = false;
  friend bool operator==(const PortState&, const PortState&) = default;
};

/// A grant with what became of it, as the store keeps it. `states` is parallel to `grant.ports`.
struct GrantRecord {
  Grant grant;
  std::string document;  ///< the exact bytes that `grant.digest` is of
  std::string source;    ///< name of the grant source it came from
  std::vector<PortState> states;
  std::string request{};  ///< how it was asked for, as long as nobody has decided on it; empty: granted
  friend bool operator==(const GrantRecord&, const GrantRecord&) = default;

  /// Any port still Initiated.
  [[nodiscard]] bool active() const;
  /// Waits for a second person: nothing of it is open, and its document is not a grant's yet.
  [[nodiscard]] bool pending() const { return !request.empty() && active(); }
};

/// UUIDv7: sortable by `now`, random bits from the operating system.
[[nodiscard]] std::string new_grant_id(WallTime now);

}  // namespace jitgate
