#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

struct ServiceSetup {
  std::string program;        ///< the file that the service runs, absolute
  std::string configuration;  ///< what it is given with --config
};

/// Makes the service, or makes the one that is there as it should be: LocalSystem, started with Windows, after the Base
/// Filtering Engine, started again when it fails (after 1 s, 5 s, then each 30 s), known to the event log. It is not
/// started. Needs an administrator. The answer is what this system does not know how to do (Wine: recovery actions).
/// (learn.microsoft.com, CreateServiceW, ChangeServiceConfig2W)
[[nodiscard]] Result<std::vector<Error>> install_service(const ServiceSetup& setup);

/// Stops the service, waits up to 30 s for its end and that of its process, has its locks taken away by `release`, and
/// only when that succeeded deletes it. One that is not there is success.
[[nodiscard]] Result<void> uninstall_service(const std::function<Result<void>()>& release);

/// The file that this process runs.
[[nodiscard]] std::string own_program();

}  // namespace jitgate
