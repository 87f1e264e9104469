#include "platform/marker_file.hpp"

#include "platform/replace_file.hpp"
#include "platform/windows/file_reading.hpp"
#include "platform/windows/file_security.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMost = 4096;

}  // namespace

Result<void> write_marker(const std::string& path, std::string_view content) {
  return replace_file(path, content, FileReaders::owner, Durability::complete);
}

// Written through: the change of the directory is on the medium when the handle is closed.
Result<void> remove_marker(const std::string& path) {
  const WindowsHandle file(::CreateFileW(wide_path(path).c_str(), DELETE,
                                         FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                         FILE_FLAG_WRITE_THROUGH | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file) {
    const Error why = last_windows_error("cannot be removed", path);
    if (why.code == errc::not_found) return {};
    return error(errc::system_failed, why.message, path);
  }
  FILE_DISPOSITION_INFO gone{TRUE};
  if (::SetFileInformationByHandle(file.get(), FileDispositionInfo, &gone, sizeof gone) == 0)
    return last_windows_error("cannot be removed", path);
  return {};
}

Result<std::string> read_marker(const std::string& path) {
  const Result<WindowsHandle> file = open_existing(path, GENERIC_READ, Links::refuse);
  if (!file) return error(errc::system_failed, file.error().message, path);
  if (const auto regular = check_regular(file->get(), path); !regular) return regular.error();
  // What somebody else could have left here must not speak for us.
  if (const auto secure = check_security(file->get(), Forbidden::change, path); !secure) return secure.error();
  std::string content(kMost, '\0');
  DWORD size = 0;
  if (::ReadFile(file->get(), content.data(), static_cast<DWORD>(content.size()), &size, nullptr) == 0)
    return error(errc::system_failed, last_windows_error("cannot be read").message, path);
  content.resize(size);
  return content;
}

}  // namespace jitgate
