#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"

namespace jitgate {

/// A configuration that says nothing but what must be said, or is so by default.
inline const std::string kMinimal =
    "version: 1\n"
    "policy: {ports: []}\n"
    "enforcement: {existingRules: honor}\n";

/// The same with one port that has these fields (flow style).
inline std::string with_port(const std::string& fields) {
  return "version: 1\nenforcement: {existingRules: override}\npolicy:\n  ports:\n    - {" + fields + "}\n";
}

/// The messages for a wrong configuration, in order; empty when it is right.
inline std::vector<std::string> messages(const std::string& yaml) {
  const auto config = parse_config(yaml, "j.yaml");
  std::vector<std::string> all;
  if (config) return all;
  for (const Error& detail : config.error().details) all.push_back(detail.message);
  return all;
}

}  // namespace jitgate
