#include "platform/host_defaults.hpp"

// The order of these two matters to Windows' headers.
#include <windows.h>

#include <shlobj.h>

#include <memory>

#include "platform/windows/wide_text.hpp"

namespace jitgate {
namespace {

/// FOLDERID_ProgramData: the machine's own, whatever the environment says.
std::string program_data() {
  wchar_t* path = nullptr;
  const HRESULT found = ::SHGetKnownFolderPath(FOLDERID_ProgramData, 0, nullptr, &path);
  const std::unique_ptr<wchar_t, decltype(&::CoTaskMemFree)> owner(path, &::CoTaskMemFree);
  return SUCCEEDED(found) ? utf8_text(path) : "C:\\ProgramData";
}

// Well-known SIDs: the names differ with the language of Windows.
constexpr const char* kSystem = "S-1-5-18";
constexpr const char* kAdministrators = "S-1-5-32-544";

HostDefaults make_defaults() {
  const std::string directory = program_data() + "\\jitgate";
  return {.configuration = directory + "\\jitgate.yaml",
          .state_directory = directory + "\\state",
          .runtime_directory = directory + "\\run",
          .tokens = directory + "\\tokens.yaml",
          .allowed_signers = directory + "\\allowed_signers",
          .firewall = "wfp",
          .api_address = R"(\\.\pipe\jitgate)",
          .absolute_path = "a path that begins with a drive, such as C:\\",
          .readers = {},
          .requesters = {},
          .administrators = {{kSystem}, {kAdministrators}},
          .approvers = {}};
}

}  // namespace

const HostDefaults& host_defaults() {
  static const HostDefaults defaults = make_defaults();
  return defaults;
}

}  // namespace jitgate
