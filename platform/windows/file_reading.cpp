#include "platform/windows/file_reading.hpp"

#include <algorithm>

#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {

Result<WindowsHandle> open_existing(const std::string& path, DWORD access, Links links) {
  // A directory can be opened too, so that it is refused for what it is.
  const DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION |
                      (links == Links::refuse ? FILE_FLAG_OPEN_REPARSE_POINT : 0);
  WindowsHandle file(::CreateFileW(wide_path(path).c_str(), access,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                   flags, nullptr));
  if (!file) return last_windows_error("cannot be opened", path);
  return file;
}

Result<void> check_regular(HANDLE file, const std::string& path) {
  constexpr DWORD kOther = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE;
  BY_HANDLE_FILE_INFORMATION about{};
  if (::GetFileType(file) != FILE_TYPE_DISK) return error(errc::system_failed, "is not a regular file", path);
  if (::GetFileInformationByHandle(file, &about) == 0) return last_windows_error("cannot be read", path);
  if ((about.dwFileAttributes & kOther) != 0) return error(errc::system_failed, "is not a regular file", path);
  FILE_ATTRIBUTE_TAG_INFO tag{};
  const bool link = (about.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
                    ::GetFileInformationByHandleEx(file, FileAttributeTagInfo, &tag, sizeof tag) != 0 &&
                    IsReparseTagNameSurrogate(tag.ReparseTag);
  if (link) return error(errc::system_failed, "is a symbolic link", path);
  return {};
}

Result<FileStamp> stamp_of(HANDLE file, const std::string& path) {
  constexpr std::int64_t kTicksTo1970 = 116'444'736'000'000'000;  // of 100 ns, from 1601 (FILETIME)
  BY_HANDLE_FILE_INFORMATION about{};
  FILE_BASIC_INFO times{};
  if (::GetFileInformationByHandle(file, &about) == 0 ||
      ::GetFileInformationByHandleEx(file, FileBasicInfo, &times, sizeof times) == 0)
    return last_windows_error("cannot be read", path);
  return FileStamp{about.dwVolumeSerialNumber, (std::uint64_t{about.nFileIndexHigh} << 32) | about.nFileIndexLow,
                   static_cast<std::int64_t>((std::uint64_t{about.nFileSizeHigh} << 32) | about.nFileSizeLow),
                   (times.ChangeTime.QuadPart - kTicksTo1970) * 100};
}

Result<std::string> read_handle(HANDLE file, std::size_t limit, const std::string& path) {
  constexpr std::size_t kFirstPiece = 4096;
  std::string bytes(std::min(limit + 1, kFirstPiece), '\0');
  std::size_t size = 0;
  while (size <= limit) {
    if (size == bytes.size()) bytes.resize(std::min(limit + 1, size * 4));
    DWORD got = 0;
    const auto wanted = static_cast<DWORD>(std::min<std::size_t>(bytes.size() - size, 1U << 30));
    if (::ReadFile(file, bytes.data() + size, wanted, &got, nullptr) == 0)
      return last_windows_error("cannot be read", path);
    if (got == 0) break;
    size += got;
  }
  if (size > limit) return error(errc::system_failed, "is larger than " + std::to_string(limit) + " bytes", path);
  bytes.resize(size);
  return bytes;
}

}  // namespace jitgate
