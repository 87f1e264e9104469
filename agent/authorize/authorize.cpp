#include "agent/authorize/authorize.hpp"

#include <algorithm>
#include <string>

#include "agent/model/duration.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

std::string port_text(PortNumber number, Protocol protocol) {
  return std::to_string(number.value()) + "/" + std::string(to_string(protocol));
}

/// The end of one requested port. An overflow (a duration of years from a clock far in the future) is an error, not a
/// wrap.
Result<WallTime> end_of(const PortRequest& port, WallTime now, const std::string& target) {
  if (const auto* until = std::get_if<WallTime>(&port.until)) return *until;
  const Duration duration = std::get<Duration>(port.until);
  if (duration > WallTime::max() - now)
    return error(errc::invalid_argument, "ends after the last time that can be written", target);
  return now + duration;
}

Result<Protocol> protocol_of(const Policy& policy, const PortRequest& port, const std::string& target) {
  if (port.protocol) return *port.protocol;
  const PolicyPort* found = nullptr;
  for (const auto& candidate : policy.ports) {
    if (candidate.number != port.number) continue;
    if (found != nullptr)
      return error(errc::invalid_argument, "the policy has this port for more than one protocol: name one", target);
    found = &candidate;
  }
  if (found != nullptr) return found->protocol;
  return error(errc::refused, "port " + std::to_string(port.number.value()) + " is not in the policy", target);
}

/// Collects violated rules with the field that violates them.
class Violations {
 public:
  void add(std::string message, std::string target) {
    found_.push_back(error(errc::refused, std::move(message), std::move(target)));
  }
  Result<void> result() && {
    if (found_.empty()) return {};
    Error refused = error(errc::refused, "the policy does not allow this");
    refused.details = std::move(found_);
    return refused;
  }

 private:
  std::vector<Error> found_;
};

bool allowed_source(const PolicyPort& rule, const AddressPrefix& source) {
  return std::ranges::any_of(rule.allowed_sources,
                             [&](const AddressPrefix& allowed) { return allowed.contains(source); });
}

unsigned shortest_prefix(const PrefixLimits& limits, Family family) {
  return family == Family::ipv4 ? limits.ipv4 : limits.ipv6;
}

void check_source(const Policy& policy, const PolicyPort& rule, const GrantPort& port, const std::string& at,
                  Violations& violations) {
  const auto target = at + ".allowedSourceAddressPrefix";
  const auto& source = port.source;
  if (source.is_link_local())
    violations.add(source.to_string() + " is link-local: it names no host outside its link", target);
  if (!allowed_source(rule, source))
    violations.add(source.to_string() + " lies in no allowed source of the port", target);
  const unsigned shortest = shortest_prefix(policy.limits, source.family());
  if (source.length() < shortest) {
    violations.add(source.to_string() + " is wider than the limit of /" + std::to_string(shortest), target);
  }
}

void check_times(const PolicyPort& rule, const Grant& grant, const GrantPort& port, WallTime now, const std::string& at,
                 Violations& violations) {
  const auto target = at + ".endTimeUtc";
  if (port.end <= now) violations.add("ends at " + to_string(port.end) + ", which is past", target);
  if (port.end <= grant.start) violations.add("ends before it starts", target);
  if (port.end - grant.start > rule.max_duration) {
    violations.add("lasts longer than the maximum of " + to_iso_duration(rule.max_duration), target);
  }
  if (grant.start > now && grant.start - now > rule.max_duration) {
    violations.add("starts more than " + to_iso_duration(rule.max_duration) + " from now", "startTimeUtc");
  }
}

}  // namespace

Result<Grant> draft_grant(const Policy& policy, const AccessRequest& request, std::string id, std::string requestor,
                          std::string host, WallTime now) {
  Grant grant{std::move(id), {}, std::move(host), std::move(requestor), std::nullopt, now, request.justification, {}};
  for (std::size_t i = 0; i < request.ports.size(); ++i) {
    const auto& wanted = request.ports[i];
    const auto at = "ports[" + std::to_string(i) + "]";
    const auto protocol = protocol_of(policy, wanted, at + ".number");
    if (!protocol) return protocol.error();
    const auto end = end_of(wanted, now, at + ".duration");
    if (!end) return end.error();
    if (wanted.sources.empty())
      return error(errc::invalid_argument, "names no source", at + ".allowedSourceAddressPrefix");
    for (const auto& source : wanted.sources) grant.ports.push_back({wanted.number, *protocol, source, *end});
  }
  if (grant.ports.empty()) return error(errc::invalid_argument, "names no port", "ports");
  if (grant.ports.size() > kMaxGrantPorts) {
    return error(errc::too_many, "more than " + std::to_string(kMaxGrantPorts) + " openings in one request", "ports");
  }
  // Names come from outside: what could not be read back after a restart is refused now.
  const auto document = write_grant_document(grant);
  if (auto readable = parse_grant_document(document); !readable) return readable.error();
  grant.digest = sha256(document);
  return grant;
}

Result<void> authorize(const Policy& policy, std::string_view host, const Grant& grant, WallTime now) {
  Violations violations;
  if (grant.virtual_machine != host) violations.add("is for another host, " + grant.virtual_machine, "virtualMachine");
  for (std::size_t i = 0; i < grant.ports.size(); ++i) {
    const auto& port = grant.ports[i];
    const auto at = "ports[" + std::to_string(i) + "]";
    const PolicyPort* rule = policy.find(port.number, port.protocol);
    if (rule == nullptr) {
      violations.add(port_text(port.number, port.protocol) + " is not in the policy", at + ".number");
      continue;
    }
    check_source(policy, *rule, port, at, violations);
    check_times(*rule, grant, port, now, at, violations);
    if (rule->require_justification && grant.justification.empty()) {
      violations.add(port_text(port.number, port.protocol) + " needs a justification", "justification");
    }
    for (std::size_t j = 0; j < i; ++j) {
      const auto& other = grant.ports[j];
      if (other.number == port.number && other.source == port.source &&
          (contains(other.protocol, port.protocol) || contains(port.protocol, other.protocol))) {
        violations.add("is asked for twice", at);
      }
    }
  }
  return std::move(violations).result();
}

bool still_allowed(const Policy& policy, const Grant& grant, const GrantPort& port) {
  const PolicyPort* rule = policy.find(port.number, port.protocol);
  return rule != nullptr && allowed_source(*rule, port.source) &&
         port.source.length() >= shortest_prefix(policy.limits, port.source.family()) &&
         port.end - grant.start <= rule->max_duration;
}

}  // namespace jitgate
