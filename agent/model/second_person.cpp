#include "agent/model/second_person.hpp"

#include <algorithm>

namespace jitgate {

bool same_person(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool needs_approval(const Policy& policy, const Grant& grant) {
  return std::ranges::any_of(grant.ports, [&policy](const GrantPort& port) {
    const PolicyPort* rule = policy.find(port.number, port.protocol);
    return rule != nullptr && rule->require_approval;
  });
}

}  // namespace jitgate
