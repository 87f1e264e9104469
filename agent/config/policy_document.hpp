#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

// A policy as JSON: what the API takes and shows, and what the store keeps. Keys, limits and messages are those of
// `policy.ports` in jitgate.yaml.

/// `allowedSourceAddressPrefix` ("*" for everybody), or `allowedSourceAddressPrefixes`.
void put_sources(boost::json::object& object, const std::vector<AddressPrefix>& sources);

[[nodiscard]] boost::json::object to_json(const PolicyPort& port);

/// A list of one port or more. As in jitgate.yaml, but that a port without a source is for everybody. `path` is where
/// the list stands ("ports"); the targets of the errors begin with it. errc::invalid_argument, with a detail for each
/// mistake where there are several.
[[nodiscard]] Result<std::vector<PolicyPort>> read_policy_ports(const boost::json::value& list,
                                                                const std::string& path);

/// The same ports in YAML (or JSON) text that came from a file: `ports:` alone, with messages that begin with
/// "NAME:LINE:COLUMN:".
[[nodiscard]] Result<std::vector<PolicyPort>> parse_policy_file(std::string_view yaml, std::string_view name);

/// For the store; no ports are none.
[[nodiscard]] std::string write_policy(std::span<const PolicyPort> ports);
[[nodiscard]] Result<std::vector<PolicyPort>> parse_policy(std::string_view text);

}  // namespace jitgate
