#include "platform/instance_lock.hpp"

#include <array>
#include <charconv>
#include <string_view>

#include "platform/windows/file_security.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

/// Far behind the content, which a lock would keep others from reading.
constexpr DWORD kLockedByteHigh = 0x40000000;

/// The lock ends with the handle (LockFileEx); the file stays. Its content only says who has the lock.
class WindowsInstanceLock final : public InstanceLock {
 public:
  explicit WindowsInstanceLock(WindowsHandle file) : file_(std::move(file)) {}
  ~WindowsInstanceLock() override { (void)::SetEndOfFile(file_.get()); }  // from its start: nobody has it now

 private:
  WindowsHandle file_;
};

std::string read_pid(HANDLE file) {
  std::array<char, 16> text{};
  DWORD size = 0;
  unsigned long pid = 0;
  if (::ReadFile(file, text.data(), static_cast<DWORD>(text.size()), &size, nullptr) == 0 ||
      std::from_chars(text.data(), text.data() + size, pid).ec != std::errc())
    return {};
  return " (pid " + std::to_string(pid) + ")";
}

/// Best effort: without it, a second instance cannot name the first.
void write_pid(HANDLE file) {
  const std::string text = std::to_string(::GetCurrentProcessId()) + "\n";
  DWORD written = 0;
  (void)::SetEndOfFile(file);
  (void)::WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
  (void)::SetFilePointer(file, 0, nullptr, FILE_BEGIN);
}

}  // namespace

Result<std::unique_ptr<InstanceLock>> lock_instance(const std::string& directory) {
  FileSecurity security(FileReaders::owner);
  WindowsHandle file(::CreateFileW(wide_path(directory + "/lock").c_str(), GENERIC_READ | GENERIC_WRITE,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE, security.attributes(), OPEN_ALWAYS,
                                   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!file) {
    return error(errc::system_failed, last_windows_error("the state directory cannot be opened").message, directory);
  }
  OVERLAPPED where{};
  where.OffsetHigh = kLockedByteHigh;
  if (::LockFileEx(file.get(), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &where) == 0) {
    if (const DWORD why = ::GetLastError(); why != ERROR_LOCK_VIOLATION && why != ERROR_IO_PENDING)
      return error(errc::system_failed, "the state directory cannot be locked: " + windows_message(why), directory);
    return error(errc::conflict, "another jitgated is running" + read_pid(file.get()), directory);
  }
  write_pid(file.get());
  return std::unique_ptr<InstanceLock>(std::make_unique<WindowsInstanceLock>(std::move(file)));
}

}  // namespace jitgate
