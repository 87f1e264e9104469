#include "platform/windows/file_replacement.hpp"

#include "platform/windows/file_security.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

bool write_all(HANDLE file, std::string_view bytes) {
  while (!bytes.empty()) {
    DWORD written = 0;
    const auto piece = static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1U << 30));
    if (::WriteFile(file, bytes.data(), piece, &written, nullptr) == 0) return false;
    bytes.remove_prefix(written);
  }
  return true;
}

Result<void> write_fresh(const std::string& path, std::string_view content, const FilePlacement& placement) {
  FileSecurity security(placement.readers);
  const WindowsHandle file(::CreateFileW(wide_path(path).c_str(), GENERIC_WRITE, 0, security.attributes(), CREATE_NEW,
                                         FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file) return last_windows_error("cannot be written", path);
  if (!write_all(file.get(), content) ||
      (placement.durability == Durability::complete && ::FlushFileBuffers(file.get()) == 0))
    return last_windows_error("cannot be written", path);
  return {};
}

Result<void> place(const std::string& fresh, const std::string& path, const FilePlacement& placement) {
  const DWORD flags = (placement.existing == Existing::replace ? MOVEFILE_REPLACE_EXISTING : 0U) |
                      (placement.durability == Durability::complete ? MOVEFILE_WRITE_THROUGH : 0U);
  if (::MoveFileExW(wide_path(fresh).c_str(), wide_path(path).c_str(), flags) == 0)
    return last_windows_error("cannot be written", path);
  return {};
}

}  // namespace

Result<void> put_file(const std::string& path, std::string_view content, const FilePlacement& placement) {
  const std::string fresh = path + ".new";
  ::DeleteFileW(wide_path(fresh).c_str());
  Result<void> done = write_fresh(fresh, content, placement);
  if (done) done = place(fresh, path, placement);
  if (!done) ::DeleteFileW(wide_path(fresh).c_str());
  return done;
}

Result<WindowsHandle> lock_file(const std::string& path) {
  const std::string name = path + ".lock";
  FileSecurity security(FileReaders::owner);
  WindowsHandle file(::CreateFileW(wide_path(name).c_str(), GENERIC_READ | GENERIC_WRITE,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, security.attributes(), OPEN_ALWAYS,
                                   FILE_ATTRIBUTE_HIDDEN | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file) return last_windows_error("cannot be locked", path);
  OVERLAPPED from_start{};
  if (::LockFileEx(file.get(), LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &from_start) == 0)
    return last_windows_error("cannot be locked", path);
  return file;
}

}  // namespace jitgate
