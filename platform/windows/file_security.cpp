#include "platform/windows/file_security.hpp"

#include <accctrl.h>
#include <aclapi.h>

#include <memory>

#include "platform/windows/process_account.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

using LocalMemory = std::unique_ptr<void, decltype(&::LocalFree)>;

constexpr ACCESS_MASK kChanging = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES |
                                  FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
constexpr ACCESS_MASK kReading = FILE_READ_DATA | GENERIC_READ;

/// The owner's own entry ("OWNER RIGHTS") speaks of one who was found trusted himself.
bool is_trusted(PSID sid, const Sid& user) {
  return ::IsWellKnownSid(sid, WinLocalSystemSid) != 0 || ::IsWellKnownSid(sid, WinBuiltinAdministratorsSid) != 0 ||
         ::IsWellKnownSid(sid, WinCreatorOwnerRightsSid) != 0 || ::EqualSid(sid, user.get()) != 0;
}

/// Whether an entry gives somebody who is not trusted one of these rights. One of a kind that is not known here may.
bool gives_to_others(const ACE_HEADER* entry, ACCESS_MASK rights, const Sid& user) {
  if ((entry->AceFlags & INHERIT_ONLY_ACE) != 0) return false;
  switch (entry->AceType) {
    case ACCESS_DENIED_ACE_TYPE:
    case ACCESS_DENIED_OBJECT_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_ACE_TYPE:
    case ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE:
      return false;
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: {  // the same, with a condition behind it
      const auto* allowed = reinterpret_cast<const ACCESS_ALLOWED_ACE*>(entry);
      return (allowed->Mask & rights) != 0 && !is_trusted(const_cast<DWORD*>(&allowed->SidStart), user);
    }
    default:
      return true;
  }
}

/// No list at all lets everybody do everything; an empty one nobody.
bool others_may(PACL list, ACCESS_MASK rights, const Sid& user) {
  if (list == nullptr) return true;
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    if (::GetAce(list, i, &entry) == 0 || gives_to_others(static_cast<const ACE_HEADER*>(entry), rights, user))
      return true;
  }
  return false;
}

/// Owner and access list, which lie in `memory`.
struct Security {
  PSID owner = nullptr;
  PACL list = nullptr;
  LocalMemory memory{nullptr, &::LocalFree};

  static Result<Security> of(HANDLE object, const std::string& path) {
    Security security;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    const DWORD failed =
        ::GetSecurityInfo(object, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                          &security.owner, nullptr, &security.list, nullptr, &descriptor);
    if (failed != ERROR_SUCCESS) return windows_error(failed, "its access list cannot be read", path);
    security.memory.reset(descriptor);
    return security;
  }
};

Result<void> expect_trusted_owner(const Security& security, const std::string& path) {
  if (security.owner != nullptr && is_trusted(security.owner, process_user())) return {};
  return error(errc::system_failed, "belongs to another user than Administrators", path);
}

std::string mending(const std::string& path) {
  const std::string file = path.empty() ? "FILE" : "\"" + path + "\"";
  return ": icacls " + file + " /inheritance:r /grant *S-1-5-18:F *S-1-5-32-544:F";
}

/// An administrator acts for the machine: what such a one leaves behind is not for his own account, which is the same
/// without the rights, and the service, which is another user, would refuse it.
std::wstring access_list(FileReaders readers) {
  std::wstring list = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)";
  if (!process_is_administrator()) list += L"(A;;FA;;;" + wide_text(process_user().text()) + L")";
  return readers == FileReaders::everybody ? list + L"(A;;FR;;;WD)" : list;
}

}  // namespace

Result<void> check_owner(HANDLE object, const std::string& path) {
  const auto security = Security::of(object, path);
  if (!security) return security.error();
  return expect_trusted_owner(*security, path);
}

Result<void> check_security(HANDLE object, Forbidden forbidden, const std::string& path) {
  const auto security = Security::of(object, path);
  if (!security) return security.error();
  if (auto owned = expect_trusted_owner(*security, path); !owned) return owned;
  const ACCESS_MASK rights = forbidden == Forbidden::change ? kChanging : kChanging | kReading;
  if (!others_may(security->list, rights, process_user())) return {};
  const char* may = forbidden == Forbidden::change ? "may be changed by others than Administrators"
                                                   : "may be read or written by others than Administrators";
  return error(errc::system_failed, may + mending(path), path);
}

FileSecurity::FileSecurity(FileReaders readers)
    : descriptor_(SecurityDescriptor::parse(access_list(readers).c_str()).value()),
      attributes_(descriptor_.attributes()) {}

Result<void> FileSecurity::apply(HANDLE file, const std::string& path) const {
  if (::SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                                attributes_.lpSecurityDescriptor) == FALSE)
    return last_windows_error("its access list cannot be changed", path);
  return {};
}

}  // namespace jitgate
