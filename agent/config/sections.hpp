#pragma once

#include <optional>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/config/map_reader.hpp"

namespace jitgate {

/// One reader a section of jitgate.yaml. Each reports what is wrong with its section and leaves the rest of `config`
/// alone.

void read_host(const Field& field, Config& config);
/// `policy` without its limits. Its authority may be one of config.sources, which are to be read before.
void read_policy(const Field& field, Config& config);
/// `enforcement`; `audit_mode` says that `mode: audit` replaces the deny action.
void read_enforcement(const Field& field, bool audit_mode, Config& config);
void read_limits(const Field& field, Config& config);
void read_clock(const Field& field, Config& config);
/// Who is trusted, and which host this is, are to be read before: a source for which they do not suffice is an error.
void read_sources(const Field& field, Config& config);
/// The keys of an element of `sources` that belong to its type alone.
[[nodiscard]] DirectorySourceConfig read_directory_source(MapReader& map);
[[nodiscard]] HttpSourceConfig read_http_source(MapReader& map);
[[nodiscard]] AzureSourceConfig read_azure_source(MapReader& map);
/// `policy.authority` where it is a mapping.
void read_source_authority(const Field& field, Config& config);
void read_trust(const Field& field, Config& config);
void read_access(const Field& field, Config& config);
void read_api(const Field& field, Config& config);
void read_state(const Field& field, Config& config);
void read_audit(const Field& field, Config& config);
void read_metrics(const Field& field, Config& config);
void read_log(const Field& field, Config& config);

/// One element of policy.ports. Number and protocol are there whenever they could be read, so that overlaps are found
/// beside other faults; `port` only when all of it is right.
struct PolicyPortReading {
  Field field;
  std::optional<PortNumber> number;
  std::optional<Protocol> protocol;
  std::optional<PolicyPort> port;
};
[[nodiscard]] PolicyPortReading read_policy_port(const Field& field);

/// "address:port", an IPv6 address in brackets; `expected` is for the message.
[[nodiscard]] std::optional<ListenAddress> read_listen_address(const Field& field, const std::string& expected);

/// A list of at least `min` ports, no two of which overlap; those that are right are added. `expected` says what
/// belongs here.
void read_policy_ports(const Field& field, const std::string& expected, std::size_t min,
                       std::vector<PolicyPort>& ports);

/// The address of a server without user and fragment: https, or, where `plain` says so of the address that it names,
/// http. `expected` is for the message.
[[nodiscard]] std::optional<std::string> read_server_url(const Field& field, bool (*plain)(std::string_view address),
                                                         const std::string& expected);
/// 127.0.0.0/8 and ::1. A name is none: what it leads to is not up to this file.
[[nodiscard]] bool is_loopback(std::string_view address);
/// The same, and 169.254.0.0/16, where clouds have their metadata service.
[[nodiscard]] bool is_loopback_or_link_local(std::string_view address);

/// A list of distinct prefixes. Faults are reported at the element.
[[nodiscard]] std::optional<std::vector<AddressPrefix>> read_prefixes(const Field& field, std::size_t min,
                                                                      std::size_t max);
/// A prefix, or "*" for every address of both families.
[[nodiscard]] std::optional<std::vector<AddressPrefix>> read_prefix_or_any(const Field& field);
/// The same for a list: "*" only alone.
[[nodiscard]] std::optional<std::vector<AddressPrefix>> read_prefixes_or_any(const Field& field);

}  // namespace jitgate
