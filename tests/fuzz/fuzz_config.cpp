#include <set>

#include "agent/config/config.hpp"
#include "agent/model/utf8.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;

namespace {

void check_errors(const jitgate::Error& error) {
  check(!error.details.empty(), "a refusal has at least one reason");
  for (const auto& detail : error.details) {
    check(detail.message.starts_with("fuzz.yaml:"), "every reason begins with the file");
    check(!jitgate::has_control_characters(detail.message), "every reason can be shown on a terminal");
    check(jitgate::is_utf8(detail.message), "every reason is UTF-8");
  }
}

void check_policy(const jitgate::Policy& policy) {
  std::size_t transports = 0;
  for (const auto& port : policy.ports) {
    check(!port.allowed_sources.empty(), "every port has an allowed source");
    check(port.max_duration > jitgate::Duration::zero(), "every port has a longest grant");
    check(policy.find(port.number, port.protocol) == &port, "every port is found by its own name");
    transports += jitgate::transports(port.protocol).size();
  }
  check(policy.locked_ports().size() == transports, "no two ports overlap");
}

void check_sources(const jitgate::Config& config) {
  std::set<std::string> names;
  for (const auto& source : config.sources) {
    check(names.insert(source.name).second, "every source has a name of its own");
    check(source.name != "local" && source.name != "unlock", "nobody takes the name of what is built in");
    check(!source.needs_signature || !config.trust.signers.signers.empty(), "somebody can sign what must be signed");
  }
  if (config.policy_authority != jitgate::PolicyAuthority::source) return;
  check(names.contains(config.source_authority.source), "who sets the policy is a source");
  check(config.policy.ports.empty() && !config.source_authority.lockable.empty(), "and there is something to set");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = jitgate::parse_config(jitgate::fuzz::text_of(data, size), "fuzz.yaml");
  if (!config) {
    check_errors(config.error());
    return 0;
  }
  check_policy(config->policy);
  check_sources(*config);
  check(config->socket.starts_with('/') && config->state_directory.starts_with('/'), "paths are absolute");
  const auto& administrator = config->access.administrator;
  check(!administrator.users.empty() || !administrator.groups.empty(), "somebody can unlock the host");
  return 0;
}
