#pragma once

#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// The host id where the configuration names none: 32 hexadecimal digits derived from /etc/machine-id with a key of our
/// own, as machine-id(5) asks, so that the machine id itself is never shown. An empty or "uninitialized" machine id is
/// an error.
[[nodiscard]] Result<std::string> default_host_id();

/// Changes when this machine is a clone of the one it was: a digest of the machine id and of the hardware's UUID (DMI
/// product_uuid) where that can be read. Never fails: what cannot be read is left out.
[[nodiscard]] std::string machine_fingerprint();

}  // namespace jitgate
