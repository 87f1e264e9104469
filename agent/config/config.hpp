#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/audit/audit_retention.hpp"
#include "agent/config/source_config.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"
#include "platform/host_defaults.hpp"

namespace jitgate {

enum class OwnTable : std::uint8_t { automatic, on, off };
/// Who sets `policy.ports`.
enum class PolicyAuthority : std::uint8_t {
  file,    ///< this file
  api,     ///< PUT and DELETE of the policy; the store keeps it, and the file has no ports
  source,  ///< a grant source, within Config::source_authority; the store keeps it, and the file has no ports
};
enum class BackendKind : std::uint8_t { nftables, wfp, none };
/// The firewall of this host's operating system.
[[nodiscard]] BackendKind native_backend();
enum class LogFormat : std::uint8_t { text, json };

/// As the status and the policy say it: "file", "api", "source".
[[nodiscard]] constexpr const char* name_of(PolicyAuthority authority) {
  switch (authority) {
    case PolicyAuthority::file:
      return "file";
    case PolicyAuthority::api:
      return "api";
    case PolicyAuthority::source:
      break;
  }
  return "source";
}

/// Who has which role.
struct AccessConfig {
  RoleMembers reader = host_defaults().readers;
  RoleMembers requester = host_defaults().requesters;
  RoleMembers administrator = host_defaults().administrators;
  RoleMembers approver = host_defaults().approvers;
  friend bool operator==(const AccessConfig&, const AccessConfig&) = default;
};

/// An address and a port to listen at.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct TlsFiles {
  std::string certificate;  ///< with its chain, PEM
  std::string key;
  std::optional<std::string> client_ca;
  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

/// The API over TLS.
struct HttpsConfig {
  ListenAddress listen;
  TlsFiles tls;
  std::string tokens = host_defaults().tokens;
  friend bool operator==(const HttpsConfig&, const HttpsConfig&) = default;
};

/// Where Prometheus finds what GET /metrics says, beside the socket.
struct MetricsConfig {
  std::optional<ListenAddress> listen;  ///< plain HTTP
  std::optional<std::string> textfile;  ///< for node_exporter's textfile collector; ends in .prom
  friend bool operator==(const MetricsConfig&, const MetricsConfig&) = default;
};

struct Limits {
  std::size_t grants_per_requestor = 100;
  std::size_t grants_per_source = 10'000;
  std::size_t requests_per_minute = 30;  ///< of one caller, in the long run
  std::size_t request_burst = 10;        ///< of one caller, at once
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// `audit`.
struct AuditConfig {
  AuditRetention retention;
  bool journald = true;  ///< every record goes to the journal, where there is one
  friend bool operator==(const AuditConfig&, const AuditConfig&) = default;
};

/// The whole of jitgate.yaml, validated. What is not supported yet cannot be held.
struct Config {
  std::optional<std::string> host_id;  ///< nullopt: derived from the machine id
  PolicyAuthority policy_authority = PolicyAuthority::file;
  SourceAuthority source_authority;  ///< meant where policy_authority is source
  Policy policy;                     ///< its ports: what is in force, also where the file does not set them
  BackendKind backend = native_backend();
  DenyAction deny = DenyAction::drop;  ///< `mode: audit` is DenyAction::audit
  /// The Windows Filtering Platform cannot tell what others accept: there the lock always wins.
  ExistingRules existing_rules = native_backend() == BackendKind::wfp ? ExistingRules::override : ExistingRules::honor;
  bool hard_grants = false;              ///< Windows: grants win over the blocks of Windows Defender Firewall
  bool forwarded = false;                ///< ports published to containers are locked too
  std::uint32_t mark_mask = 0x7f000000;  ///< bits of the packet mark that are ours; three or more
  OwnTable own_table = OwnTable::automatic;
  Limits limits;
  Duration clock_wait = std::chrono::minutes(5);
  std::vector<SourceConfig> sources;  ///< besides the local one, which is always there; no two of a name
  TrustConfig trust;
  AccessConfig access;
  std::string socket = host_defaults().api_address;
  std::optional<HttpsConfig> https;  ///< `api.listen`, `api.tls`, `api.tokens`
  std::string state_directory = host_defaults().state_directory;
  MetricsConfig metrics;
  AuditConfig audit;
  std::string log_level = "info";  ///< trace, debug, info, warn, error
  LogFormat log_format = LogFormat::text;
  friend bool operator==(const Config&, const Config&) = default;
};

/// `name` is the file's name for messages. Every error found is reported, not only the first: the returned error's
/// details have one entry each, "FILE:LINE:COLUMN: key: what is wrong; expected ...".
[[nodiscard]] Result<Config> parse_config(std::string_view yaml, std::string_view name);

/// The bytes of the file, a regular one; of more than 1 MiB, as many as make parse_config refuse it.
[[nodiscard]] Result<std::string> read_config(const std::string& path);

/// Reads the file and parses it.
[[nodiscard]] Result<Config> load_config(const std::string& path);

}  // namespace jitgate
