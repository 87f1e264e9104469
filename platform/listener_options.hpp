#pragma once

#include <cstdint>

#include "agent/model/result.hpp"

namespace jitgate {

/// Prepares a TCP socket that is going to listen, before it is bound: a restarted daemon gets its port at once, nobody
/// else can take it over meanwhile, and the address need not be there yet (IP_FREEBIND, ip(7)). On Windows an address
/// has to be there: the port is only made exclusive (SO_EXCLUSIVEADDRUSE; SO_REUSEADDR would share it). `socket` stays
/// the caller's.
[[nodiscard]] Result<void> set_listener_options(std::uintptr_t socket, bool ipv6);

}  // namespace jitgate
