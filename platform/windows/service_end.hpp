#pragma once

#include <chrono>

#include "agent/model/result.hpp"

namespace jitgate {

/// For who replaces the service's program: waits until the service has stopped and nothing uses the file any more. The
/// service manager says that it has stopped before its process has ended (measured under Wine: by some milliseconds),
/// and some installers (Wine's) do not even wait for that. A service that is not there, or that nobody asked to stop,
/// is not waited for. errc::unavailable after `limit`. (learn.microsoft.com, SetServiceStatus, "Service State
/// Transitions")
[[nodiscard]] Result<void> await_service_end(std::chrono::milliseconds limit);

}  // namespace jitgate
