#include "platform/state_directory.hpp"

#include <windows.h>

#include <filesystem>
#include <vector>

#include "platform/host_defaults.hpp"
#include "platform/windows/file_security.hpp"
#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

namespace fs = std::filesystem;

/// SYSTEM and Administrators, full access, for what is made inside too; nothing of the parent's: whoever may log on may
/// make files in ProgramData.
constexpr const wchar_t* kAdministratorsOnly = L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

/// Whoever could change it could put there what we take for our own: "disabled", a database, a configuration.
Result<void> expect_trusted(const fs::path& directory) {
  const std::string name = utf8_text(directory.native());
  const WindowsHandle opened(::CreateFileW(
      directory.c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!opened) return last_windows_error("cannot look at the directory", name);
  FILE_ATTRIBUTE_TAG_INFO info{};
  if (::GetFileInformationByHandleEx(opened.get(), FileAttributeTagInfo, &info, sizeof info) == FALSE)
    return last_windows_error("cannot look at the directory", name);
  if ((info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ||
      (info.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
    return error(errc::not_permitted, "is not a directory but a link or a file", name);
  const auto secure = check_security(opened.get(), Forbidden::change, name);
  if (secure) return {};
  Error why = secure.error();
  why.code = errc::not_permitted;
  return why;
}

/// `path` and what leads to it from the first that is not there; below ProgramData, where every user may make
/// directories, from the first that is not Windows' own.
std::vector<fs::path> own_part(const std::string& path) {
  const fs::path shared = fs::path(wide_text(host_defaults().configuration)).parent_path().parent_path();
  std::vector<fs::path> parts;
  std::error_code failed;
  const fs::path whole = fs::path(wide_text(path)).make_preferred();
  for (fs::path one = whole; one != shared && one != one.parent_path(); one = one.parent_path()) {
    const bool below = one.native().starts_with(shared.native());
    if (one != whole && !below && fs::exists(one, failed)) break;
    parts.insert(parts.begin(), one);
  }
  return parts;
}

}  // namespace

Result<void> make_state_directory(const std::string& path) {
  const auto security = SecurityDescriptor::parse(kAdministratorsOnly);
  if (!security) return security.error();
  auto attributes = security->attributes();
  for (const fs::path& one : own_part(path)) {
    if (::CreateDirectoryW(one.c_str(), &attributes) == FALSE && ::GetLastError() != ERROR_ALREADY_EXISTS)
      return last_windows_error("cannot make the directory", utf8_text(one.native()));
    if (auto trusted = expect_trusted(one); !trusted) return trusted;
  }
  return {};
}

}  // namespace jitgate
