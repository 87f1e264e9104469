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

/// Where copies of what the early boot needs of the state directory are (BootFile): `boot` beside the configuration
/// file. Packages make that directory; without it there are no copies.
[[nodiscard]] std::string boot_directory(const std::string& config_path);

/// The file's configuration; where that cannot be used, the last one that could be, from the state directory or from
/// its copy in the boot directory: a mistake in the file must not leave the ports open after the next boot. Fails, with
/// the file's error, where there is none. Which directory that is cannot be read from a broken file: it is
/// $STATE_DIRECTORY (systemd.exec(5)), or the default.
[[nodiscard]] Result<StartConfig> load_start_config(const std::string& path);

/// Keeps `yaml`, which is in force, for load_start_config(): in $STATE_DIRECTORY, or else in `directory`, the
/// configured one, and in `boot_directory`.
[[nodiscard]] Result<void> keep_config(const std::string& directory, const std::string& boot_directory,
                                       const std::string& yaml);

}  // namespace jitgate
