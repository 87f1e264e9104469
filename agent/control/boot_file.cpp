#include "agent/control/boot_file.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <utility>

#include "platform/marker_file.hpp"

namespace jitgate {
namespace {

void report(const Result<void>& copied) {
  if (!copied) spdlog::warn("the copy for the early boot is not what it should be: {}", describe(copied.error()));
}

}  // namespace

BootFile::BootFile(const std::string& state_directory, std::string boot_directory, const std::string& name)
    : path_(state_directory + "/" + name),
      boot_directory_(std::move(boot_directory)),
      copy_(boot_directory_ + "/" + name) {}

bool BootFile::is_copied() const {
  std::error_code failed;
  return !boot_directory_.empty() && std::filesystem::is_directory(boot_directory_, failed);
}

Result<void> BootFile::write(std::string_view content) const {
  auto written = write_marker(path_, content);
  copy(content);
  return written;
}

Result<void> BootFile::remove() const {
  auto removed = remove_marker(path_);
  remove_copy();
  return removed;
}

void BootFile::copy(std::string_view content) const {
  if (!is_copied()) return;
  if (const auto present = read_marker(copy_); present && *present == content) return;
  report(write_marker(copy_, content));
}

void BootFile::remove_copy() const {
  if (is_copied()) report(remove_marker(copy_));
}

}  // namespace jitgate
