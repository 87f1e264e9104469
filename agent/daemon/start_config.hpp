#pragma once

#include <optional>
#include <string>

#include "agent/config/config.hpp"

namespace jitgate {

/// What the daemon starts with.
struct StartConfig {
  Config config;
  std::string yaml;              ///< as it was read
  std::optional<Error> problem;  ///< why it is not what the file says now
};

/// The file's configuration; where that cannot be used, the last one that could be, from the state directory: a mistake
/// in the file must not leave the ports open after the next boot. Fails, with the file's error, where there is neither.
/// Which directory that is cannot be read from a broken file: it is $STATE_DIRECTORY (systemd.exec(5)), or the default.
[[nodiscard]] Result<StartConfig> load_start_config(const std::string& path);

/// Keeps `yaml`, which is in force, for load_start_config(): in $STATE_DIRECTORY, or else in `directory`, the
/// configured one.
[[nodiscard]] Result<void> keep_config(const std::string& directory, const std::string& yaml);

}  // namespace jitgate
