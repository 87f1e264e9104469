#include "platform/private_file.hpp"

#include "platform/windows/file_reading.hpp"
#include "platform/windows/file_security.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

/// Whatever it is, the store cannot be used.
Error failed(const Error& why) {
  return error(errc::system_failed, why.code == errc::not_found ? "no such file or directory" : why.message,
               why.target);
}

}  // namespace

Result<void> check_private_file(const std::string& path) {
  const Result<WindowsHandle> file = open_existing(path, GENERIC_READ | GENERIC_WRITE | WRITE_DAC, Links::refuse);
  if (!file) return failed(file.error());
  if (const auto regular = check_regular(file->get(), path); !regular) return regular.error();
  if (check_security(file->get(), Forbidden::access, path)) return {};
  // Its owner could change the list back at any time.
  if (const auto owned = check_owner(file->get(), path); !owned) return owned.error();
  return FileSecurity(FileReaders::owner).apply(file->get(), path);
}

Result<void> create_private_file(const std::string& path) {
  FileSecurity security(FileReaders::owner);
  const WindowsHandle file(::CreateFileW(wide_path(path).c_str(), GENERIC_READ | GENERIC_WRITE, 0,
                                         security.attributes(), CREATE_NEW,
                                         FILE_ATTRIBUTE_NORMAL | FILE_FLAG_WRITE_THROUGH, nullptr));
  if (!file && ::GetLastError() == ERROR_FILE_EXISTS) return check_private_file(path);
  if (!file) return failed(last_windows_error("cannot be made", path));
  // Its name, too, is on the medium before the store is put into it.
  if (::FlushFileBuffers(file.get()) == 0) return failed(last_windows_error("cannot be made", path));
  return {};
}

}  // namespace jitgate
