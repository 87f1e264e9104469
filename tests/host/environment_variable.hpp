#pragma once

#include <string>

namespace jitgate {

/// Of this process, as std::getenv() sees it. An empty value takes it away.
void set_environment_variable(const std::string& name, const std::string& value);

}  // namespace jitgate
