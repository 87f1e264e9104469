#include "platform/secret_file.hpp"

#include "platform/windows/file_reading.hpp"
#include "platform/windows/file_replacement.hpp"
#include "platform/windows/owned_file.hpp"

namespace jitgate {

Result<FileStamp> stamp_file(const std::string& path) {
  const Result<WindowsHandle> file = open_existing(path, FILE_READ_ATTRIBUTES, Links::follow);
  if (!file) return file.error();
  return stamp_of(file->get(), path);
}

Result<std::string> read_secret_file(const std::string& path, std::size_t limit) {
  return read_owned_file(path, limit, Forbidden::access);
}

Result<void> update_secret_file(const std::string& path, std::size_t limit,
                                const std::function<Result<std::string>(std::string)>& change) {
  const Result<WindowsHandle> turn = lock_file(path);
  if (!turn) return turn.error();
  Result<std::string> content = read_secret_file(path, limit);
  if (!content && content.error().code != errc::not_found) return content.error();
  Result<std::string> changed = change(content ? std::move(*content) : std::string());
  if (!changed) return changed.error();
  return put_file(path, *changed, {.readers = FileReaders::owner});
}

}  // namespace jitgate
