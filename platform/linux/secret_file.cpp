#include "platform/secret_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "platform/linux/file_handle.hpp"
#include "platform/linux/file_reading.hpp"
#include "platform/linux/file_replacement.hpp"
#include "platform/linux/owned_file.hpp"

namespace jitgate {

Result<FileStamp> stamp_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("cannot be read", path);
  return stamp_of(status);
}

namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr const char* kReadable = "may be read or written by others than its owner: chmod 0600";

/// Root changes the files of a daemon that runs as another user; they stay that user's.
std::optional<FileOwner> other_owner(const std::string& path) {
  struct stat status {};
  if (::geteuid() != 0 || ::stat(path.c_str(), &status) != 0 || status.st_uid == 0) return std::nullopt;
  return FileOwner{status.st_uid, status.st_gid};
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path, std::size_t limit) {
  return read_owned_file(path, limit, kOthers, kReadable);
}

Result<void> update_secret_file(const std::string& path, std::size_t limit,
                                const std::function<Result<std::string>(std::string)>& change) {
  const Result<FileHandle> directory = lock_directory_of(path);
  if (!directory) return directory.error();
  const std::optional<FileOwner> owner = other_owner(path);
  Result<std::string> content = read_owned_file(path, limit, kOthers, kReadable, owner ? owner->user : 0);
  if (!content && content.error().code != errc::not_found) return content.error();
  Result<std::string> changed = change(content ? std::move(*content) : std::string());
  if (!changed) return changed.error();
  return put_file(path, *changed, {.mode = 0600, .sync_directory = directory->get(), .owner = owner});
}

}  // namespace jitgate
