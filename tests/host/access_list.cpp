#include "tests/host/access_list.hpp"

#include <windows.h>

#include <stdexcept>

#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

void set_access(const std::string& path, const wchar_t* sddl) {
  const auto descriptor = SecurityDescriptor::parse(sddl);
  if (!descriptor) throw std::runtime_error(describe(descriptor.error()));
  const WindowsHandle object(::CreateFileW(wide_path(path).c_str(), WRITE_DAC,
                                           FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                           OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!object ||
      ::SetKernelObjectSecurity(object.get(), DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                descriptor->attributes().lpSecurityDescriptor) == FALSE)
    throw std::runtime_error("cannot change the access list of " + path);
}

}  // namespace jitgate
