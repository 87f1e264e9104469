#include "agent/daemon/start_config.hpp"

#include <cstdlib>
#include <filesystem>

#include "agent/control/boot_file.hpp"
#include "agent/daemon/configuration_file.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxConfig = 1024 * 1024;

constexpr const char* kKeptFile = "accepted.yaml";

std::string state_directory(const std::string& otherwise) {
  const char* given = std::getenv("STATE_DIRECTORY");
  return given != nullptr && std::filesystem::path(given).is_absolute() ? given : otherwise;
}

/// The last configuration that could be used, from this directory.
std::optional<StartConfig> read_kept(const std::string& directory) {
  const std::string kept = directory + "/" + kKeptFile;
  auto yaml = read_secret_file(kept, kMaxConfig);
  auto config = yaml ? parse_config(*yaml, kept) : Result<Config>(yaml.error());
  if (!config) return std::nullopt;
  return StartConfig{std::move(*config), std::move(*yaml), std::nullopt};
}

}  // namespace

std::string boot_directory(const std::string& config_path) {
  return (std::filesystem::path(config_path).parent_path() / "boot").string();
}

Result<StartConfig> load_start_config(const std::string& path) {
  auto yaml = read_configuration_file(path);
  auto config = yaml ? parse_config(*yaml, path) : Result<Config>(yaml.error());
  if (config) return StartConfig{std::move(*config), std::move(*yaml), std::nullopt};
  auto last = read_kept(state_directory(Config{}.state_directory));
  if (!last) last = read_kept(boot_directory(path));
  if (!last) return config.error();
  last->problem = config.error();
  last->problem->message = "the last configuration that could be used is in force: " + last->problem->message;
  return std::move(*last);
}

Result<void> keep_config(const std::string& directory, const std::string& boot_directory, const std::string& yaml) {
  const BootFile kept(state_directory(directory), boot_directory, kKeptFile);
  const auto present = read_secret_file(kept.path(), kMaxConfig);
  if (!present || *present != yaml) return kept.write(yaml);
  kept.copy(yaml);
  return {};
}

}  // namespace jitgate
