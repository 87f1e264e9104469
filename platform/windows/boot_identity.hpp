#pragma once

#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// The same for as long as this Windows runs, other after a restart. A volatile key of the registry, which is not kept
/// over a restart (learn.microsoft.com, RegCreateKeyEx, REG_OPTION_VOLATILE), is made by whoever asks first; when that
/// was identifies the boot. "Fast startup" hibernates the kernel: the key is there again, and the interrupt time goes
/// on, so that boot times compare. Making the key takes an administrator.
[[nodiscard]] Result<std::string> boot_identity();

}  // namespace jitgate
