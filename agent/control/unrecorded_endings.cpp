#include "agent/control/unrecorded_endings.hpp"

#include <sstream>

#include "platform/marker_file.hpp"

namespace jitgate {
namespace {

/// What read_marker() gives back; a hundred ids.
constexpr std::size_t kMostBytes = 4096;

}  // namespace

UnrecordedEndings::UnrecordedEndings(std::string runtime_directory) : path_(std::move(runtime_directory) + "/ended") {
  if (const auto content = read_marker(path_)) {
    std::istringstream lines(*content);
    for (std::string id; std::getline(lines, id);) ids_.insert(id);
  }
}

Result<void> UnrecordedEndings::add(const std::string& id) {
  ids_.insert(id);
  return write();
}

void UnrecordedEndings::keep_only(const std::set<std::string>& live) {
  const auto before = ids_.size();
  std::erase_if(ids_, [&live](const std::string& id) { return !live.contains(id); });
  // One that is listed in vain does no harm: an id that has ended never opens again.
  if (ids_.size() != before) static_cast<void>(ids_.empty() ? remove_marker(path_) : write());
}

Result<void> UnrecordedEndings::write() const {
  std::string content;
  for (const std::string& id : ids_) content += id + "\n";
  if (content.size() > kMostBytes) return error(errc::system_failed, "too many ends are not recorded", path_);
  return write_marker(path_, content);
}

}  // namespace jitgate
