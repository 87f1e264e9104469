#include "platform/state_directory.hpp"

#include <windows.h>

#include <filesystem>
#include <vector>

#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

namespace fs = std::filesystem;

/// SYSTEM and Administrators, full access, for what is made inside too; nothing of the parent's: whoever may log on may
/// make files in ProgramData.
constexpr const wchar_t* kAdministratorsOnly = L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

}  // namespace

Result<void> make_state_directory(const std::string& path) {
  std::vector<fs::path> missing;
  std::error_code failed;
  for (fs::path one = wide_text(path); !one.empty() && !fs::exists(one, failed) && one != one.parent_path();
       one = one.parent_path())
    missing.push_back(one);
  const auto security = SecurityDescriptor::parse(kAdministratorsOnly);
  if (!security) return security.error();
  auto attributes = security->attributes();
  for (auto one = missing.rbegin(); one != missing.rend(); ++one) {
    if (::CreateDirectoryW(one->c_str(), &attributes) == FALSE && ::GetLastError() != ERROR_ALREADY_EXISTS)
      return last_windows_error("cannot make the directory", path);
  }
  return {};
}

}  // namespace jitgate
