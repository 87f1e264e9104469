#include "platform/windows/security_descriptor.hpp"

#include <sddl.h>

#include "platform/windows/windows_error.hpp"

namespace jitgate {

Result<SecurityDescriptor> SecurityDescriptor::parse(const wchar_t* sddl) {
  PSECURITY_DESCRIPTOR made = nullptr;
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &made, nullptr) == FALSE)
    return last_windows_error("cannot make an access list");
  return SecurityDescriptor(made);
}

}  // namespace jitgate
