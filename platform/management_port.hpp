#pragma once

#include "agent/model/port.hpp"

namespace jitgate {

/// The TCP port by which hosts of this system are managed: what a policy locks that is set without naming a port.
[[nodiscard]] PortNumber management_port();

}  // namespace jitgate
