#include "platform/windows/trusted_directory.hpp"

#include <array>

#include "platform/windows/file_reading.hpp"
#include "platform/windows/file_security.hpp"
#include "platform/windows/relative_open.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

/// A file that changes more often than this while it is read is being written.
constexpr int kAttempts = 3;

Result<WindowsHandle> open_directory(const std::string& path) {
  auto directory = open_existing(path, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES | READ_CONTROL, Links::follow);
  if (!directory) return directory;
  FILE_STANDARD_INFO about{};
  if (::GetFileInformationByHandleEx(directory->get(), FileStandardInfo, &about, sizeof about) == FALSE)
    return last_windows_error("cannot be read", path);
  if (about.Directory == FALSE) return error(errc::system_failed, "is not a directory", path);
  return directory;
}

Result<std::string> read_unchanged(HANDLE file, std::size_t limit) {
  const auto before = stamp_of(file, {});
  if (!before) return before.error();
  if (before->size > static_cast<std::int64_t>(limit))
    return error(errc::system_failed, "is larger than " + std::to_string(limit) + " bytes");
  auto bytes = read_handle(file, limit, {});
  const auto after = stamp_of(file, {});
  if (!after) return after.error();
  if (*before != *after) return error(errc::conflict, "is being written");
  return bytes;
}

/// The entries of one answer, which lie one behind the other.
std::vector<std::string> names_in(const std::byte* answer) {
  std::vector<std::string> names;
  for (;;) {
    const auto* entry = reinterpret_cast<const FILE_ID_BOTH_DIR_INFO*>(answer);
    const std::wstring_view name(entry->FileName, entry->FileNameLength / sizeof(wchar_t));
    if (name != L"." && name != L"..") names.push_back(utf8_text(name));
    if (entry->NextEntryOffset == 0) return names;
    answer += entry->NextEntryOffset;
  }
}

}  // namespace

Result<TrustedDirectory> TrustedDirectory::open(const std::string& path) {
  auto directory = open_directory(path);
  if (!directory) return directory.error();
  TrustedDirectory opened(path, std::move(*directory));
  if (const auto checked = opened.check(); !checked) return checked.error();
  return opened;
}

Result<WindowsHandle> TrustedDirectory::open_for_watching() const {
  auto handle = open_in(directory_.get(), {}, OpenedFor::watching);
  if (handle) return handle;
  return error(errc::system_failed, "cannot be watched: " + handle.error().message, path_);
}

Result<FileStamp> TrustedDirectory::check() const {
  const auto there_now = open_directory(path_);
  if (!there_now) return there_now.error();
  const auto here = stamp_of(directory_.get(), path_);
  const auto there = stamp_of(there_now->get(), path_);
  if (!here || !there) return here ? there.error() : here.error();
  if (here->device != there->device || here->file != there->file)
    return error(errc::system_failed, "is another directory now", path_);
  if (const auto checked = check_security(directory_.get(), Forbidden::change, path_); !checked) return checked.error();
  return *here;
}

Result<std::vector<std::string>> TrustedDirectory::next_names(std::size_t) {
  // A handle of its own each time: on one that was listed, Wine starts over with the names of the first time.
  if (!names_) {
    auto handle = open_in(directory_.get(), {}, OpenedFor::listing);
    if (!handle) return error(errc::system_failed, "cannot be listed: " + handle.error().message, path_);
    names_ = std::move(*handle);
  }
  // About as many as are asked for at once: 16 KiB of entries with names of a usual length.
  alignas(FILE_ID_BOTH_DIR_INFO) std::array<std::byte, 16 * 1024> answer;
  for (;;) {
    if (::GetFileInformationByHandleEx(names_.get(), FileIdBothDirectoryInfo, answer.data(), answer.size()) == FALSE) {
      if (::GetLastError() == ERROR_NO_MORE_FILES) return std::vector<std::string>();
      return last_windows_error("cannot be read", path_);
    }
    if (auto names = names_in(answer.data()); !names.empty()) return names;
  }
}

Result<std::string> TrustedDirectory::read(const std::string& name, std::size_t limit) const {
  Result<std::string> bytes = error(errc::conflict, "is being written");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto file = open_in(directory_.get(), name, OpenedFor::reading);
    if (!file) return file.error();
    if (const auto regular = check_regular(file->get(), {}); !regular) return regular.error();
    if (const auto secure = check_security(file->get(), Forbidden::change, {}); !secure) return secure.error();
    bytes = read_unchanged(file->get(), limit);
    if (bytes || bytes.error().code != errc::conflict) break;
  }
  return bytes;
}

}  // namespace jitgate
