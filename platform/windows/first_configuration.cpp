#include "platform/windows/first_configuration.hpp"

#include <windows.h>

#include <filesystem>

#include "platform/state_directory.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {

Result<void> provide_configuration(const std::string& path, const std::string& program) {
  const std::filesystem::path file = wide_text(path);
  if (const auto made = make_state_directory(utf8_text(file.parent_path().wstring())); !made) return made.error();
  const std::filesystem::path first = std::filesystem::path(wide_text(program)).parent_path() / L"jitgate.yaml";
  std::error_code failed;
  if (!std::filesystem::exists(first, failed)) return {};
  constexpr BOOL kNotOverAnother = TRUE;
  if (::CopyFileW(first.c_str(), file.c_str(), kNotOverAnother) == FALSE && ::GetLastError() != ERROR_FILE_EXISTS)
    return last_windows_error("cannot write the configuration", path);
  return {};
}

}  // namespace jitgate
