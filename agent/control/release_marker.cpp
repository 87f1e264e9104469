#include "agent/control/release_marker.hpp"

#include <charconv>
#include <filesystem>

#include "platform/marker_file.hpp"
#include "platform/replace_file.hpp"

namespace jitgate {

ReleaseMarker::ReleaseMarker(std::string runtime_directory, const Clock& clock)
    : path_(std::move(runtime_directory) + "/released"), clock_(clock) {}

Result<void> ReleaseMarker::write(Duration how_long) const {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), failed);
  if (failed) return error(errc::system_failed, failed.message(), path_);
  const auto until = clock_.boot_now() + how_long;
  // Root releases, and the daemon, which runs as another user, has to know of it.
  return replace_file(path_, clock_.boot_id() + " " + std::to_string(until.time_since_epoch().count()) + "\n",
                      FileReaders::everybody, Durability::none);
}

Result<void> ReleaseMarker::remove() const {
  return remove_marker(path_);
}

std::optional<BootTime> ReleaseMarker::until() const {
  const auto content = read_marker(path_);
  const auto& boot = clock_.boot_id();
  if (!content || !content->starts_with(boot + " ")) return std::nullopt;
  std::int64_t nanoseconds = 0;
  const char* first = content->data() + boot.size() + 1;
  const char* last = content->data() + content->size();
  const auto parsed = std::from_chars(first, last, nanoseconds);
  if (parsed.ec != std::errc{}) return std::nullopt;
  const BootTime until{Duration(nanoseconds)};
  if (until <= clock_.boot_now()) return std::nullopt;
  return until;
}

}  // namespace jitgate
