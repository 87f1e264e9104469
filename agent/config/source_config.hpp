#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/locked_port.hpp"
#include "agent/signature/trust.hpp"
#include "platform/host_defaults.hpp"

namespace jitgate {

/// {type: directory}: signed grant files.
struct DirectorySourceConfig {
  std::string path;
  bool removal_revokes = true;  ///< onRemove: revoke | keep
  friend bool operator==(const DirectorySourceConfig&, const DirectorySourceConfig&) = default;
};

/// What a client shows and believes over TLS; PEM files.
struct TlsClientConfig {
  std::optional<std::string> ca;  ///< nullopt: those that the system trusts
  std::optional<std::string> certificate;
  std::optional<std::string> key;  ///< set exactly when `certificate` is
  friend bool operator==(const TlsClientConfig&, const TlsClientConfig&) = default;
};

enum class HttpSourceMode : std::uint8_t { subscribe, poll };

/// {type: http}.
struct HttpSourceConfig {
  std::string url;  ///< https://; http:// only to a loopback address
  HttpSourceMode mode = HttpSourceMode::subscribe;
  Duration interval = std::chrono::seconds(30);  ///< between polls
  TlsClientConfig tls;
  std::optional<std::string> token_file;  ///< of a bearer token
  friend bool operator==(const HttpSourceConfig&, const HttpSourceConfig&) = default;
};

/// Asks the instance metadata service of the virtual machine.
struct ManagedIdentity {
  std::string endpoint = "http://169.254.169.254";
  std::optional<std::string> client_id;  ///< of a user-assigned identity
  friend bool operator==(const ManagedIdentity&, const ManagedIdentity&) = default;
};
struct TokenFileCredential {
  std::string path;
  friend bool operator==(const TokenFileCredential&, const TokenFileCredential&) = default;
};

/// {type: azure}: a jitNetworkAccessPolicies resource, polled.
struct AzureSourceConfig {
  std::string resource_id;
  std::string endpoint = "https://management.azure.com";
  std::variant<ManagedIdentity, TokenFileCredential> credential;
  TlsClientConfig tls;
  Duration interval = std::chrono::seconds(30);
  friend bool operator==(const AzureSourceConfig&, const AzureSourceConfig&) = default;
};

/// An element of `sources`.
struct SourceConfig {
  std::string name;
  std::variant<DirectorySourceConfig, HttpSourceConfig, AzureSourceConfig> settings;
  bool needs_signature = true;            ///< false: `unsigned: true`, and of every azure source
  std::optional<Duration> close_after{};  ///< onSilence: {closeAfter: ...}; nullopt: keep
  friend bool operator==(const SourceConfig&, const SourceConfig&) = default;
};

/// "directory", "http", "azure".
[[nodiscard]] constexpr const char* type_of(const SourceConfig& source) {
  constexpr const char* kNames[] = {"directory", "http", "azure"};
  return kNames[source.settings.index()];
}

/// `trust`.
struct TrustConfig {
  std::string allowed_signers = host_defaults().allowed_signers;
  std::optional<std::string> revoked_keys;
  signature::Trust signers;
  friend bool operator==(const TrustConfig&, const TrustConfig&) = default;
};

/// `policy.authority: {source: NAME, within: {lockable, minimum}}`.
struct SourceAuthority {
  std::string source;
  std::vector<LockedPort> lockable;  ///< all that the source may lock
  std::vector<LockedPort> minimum;   ///< what it cannot unlock; within lockable
  friend bool operator==(const SourceAuthority&, const SourceAuthority&) = default;
};

}  // namespace jitgate
