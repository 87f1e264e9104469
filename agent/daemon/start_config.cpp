#include "agent/daemon/start_config.hpp"

#include <cstdlib>
#include <filesystem>

#include "platform/marker_file.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxConfig = 1024 * 1024;

std::string kept_file(const std::string& directory) {
  return directory + "/accepted.yaml";
}

std::string state_directory(const std::string& otherwise) {
  const char* given = std::getenv("STATE_DIRECTORY");
  return given != nullptr && std::filesystem::path(given).is_absolute() ? given : otherwise;
}

}  // namespace

Result<StartConfig> load_start_config(const std::string& path) {
  auto yaml = read_config(path);
  auto config = yaml ? parse_config(*yaml, path) : Result<Config>(yaml.error());
  if (config) return StartConfig{std::move(*config), std::move(*yaml), std::nullopt};
  const std::string kept = kept_file(state_directory(Config{}.state_directory));
  auto kept_yaml = read_secret_file(kept, kMaxConfig);
  if (!kept_yaml) return config.error();
  auto last = parse_config(*kept_yaml, kept);
  if (!last) return config.error();
  Error problem = config.error();
  problem.message = "the last configuration that could be used is in force: " + problem.message;
  return StartConfig{std::move(*last), std::move(*kept_yaml), std::move(problem)};
}

Result<void> keep_config(const std::string& directory, const std::string& yaml) {
  const std::string kept = kept_file(state_directory(directory));
  if (const auto present = read_secret_file(kept, kMaxConfig); present && *present == yaml) return {};
  return write_marker(kept, yaml);
}

}  // namespace jitgate
