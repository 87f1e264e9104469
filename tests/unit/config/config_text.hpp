#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"

namespace jitgate {

/// What this host's firewall does with the rules of others where nothing is said.
inline const std::string kRules = native_backend() == BackendKind::wfp ? "override" : "honor";

/// The tests' paths begin with a slash; on a host whose paths begin with a drive, so do these.
inline std::string host_path(const std::string& path) {
  return (native_backend() == BackendKind::wfp ? "C:" : "") + path;
}

/// The same for every path in a configuration, which are the words that begin with a slash, but for Azure's names.
inline std::string on_this_host(const std::string& yaml) {
  std::string all;
  for (std::size_t at = 0; at < yaml.size(); ++at) {
    const bool begins = at > 0 && yaml[at - 1] == ' ' && yaml[at] == '/';
    if (begins && !yaml.substr(at).starts_with("/subscriptions/")) all += host_path("");
    all += yaml[at];
  }
  return all;
}

inline Result<Config> parse_here(const std::string& yaml) {
  return parse_config(on_this_host(yaml), "j.yaml");
}

/// A configuration that says nothing but what must be said, or is so by default.
inline const std::string kMinimal =
    "version: 1\n"
    "policy: {ports: []}\n"
    "enforcement: {existingRules: " +
    kRules + "}\n";

/// The same with one port that has these fields (flow style).
inline std::string with_port(const std::string& fields) {
  return "version: 1\nenforcement: {existingRules: override}\npolicy:\n  ports:\n    - {" + fields + "}\n";
}

/// The messages for a wrong configuration, in order; empty when it is right.
inline std::vector<std::string> messages(const std::string& yaml) {
  const auto config = parse_here(yaml);
  std::vector<std::string> all;
  if (config) return all;
  for (const Error& detail : config.error().details) all.push_back(detail.message);
  return all;
}

}  // namespace jitgate
