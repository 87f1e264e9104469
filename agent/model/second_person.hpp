#pragma once

#include <string_view>

#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"

namespace jitgate {

/// Names of one person: without regard to case, since a second spelling is no second person.
[[nodiscard]] bool same_person(std::string_view a, std::string_view b);

/// Some port of the grant is one that a second person has to approve.
[[nodiscard]] bool needs_approval(const Policy& policy, const Grant& grant);

}  // namespace jitgate
