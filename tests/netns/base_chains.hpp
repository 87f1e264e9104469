#pragma once

#include <map>
#include <string>

#include "tests/netns/harness.hpp"

namespace jitgate::netns {

/// The base chains of table inet jitgate on `host`, by name, each with the handle of the table and its own, which
/// counts within the table: one that is deleted and made anew has others.
[[nodiscard]] std::map<std::string, std::string> base_chains(const Host& host);

}  // namespace jitgate::netns
