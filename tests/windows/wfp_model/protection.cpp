#include "tests/windows/wfp_model/protection.hpp"

#include <sddl.h>

namespace jitgate::wfp_model {

std::u16string written(PSECURITY_DESCRIPTOR descriptor) {
  wchar_t* text = nullptr;
  constexpr SECURITY_INFORMATION kParts =
      OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
  if (descriptor == nullptr ||
      ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, kParts, &text, nullptr) == 0)
    return {};
  std::u16string copy;
  for (const wchar_t* c = text; *c != L'\0'; ++c) copy += static_cast<char16_t>(*c);
  LocalFree(text);
  return copy;
}

std::u16string rewritten(const wchar_t* sddl) {
  PSECURITY_DESCRIPTOR made = nullptr;
  if (ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &made, nullptr) == 0) return {};
  const std::u16string text = written(made);
  LocalFree(made);
  return text;
}

}  // namespace jitgate::wfp_model
