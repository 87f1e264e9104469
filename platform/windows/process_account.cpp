#include "platform/windows/process_account.hpp"

#include <stdexcept>

#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

Sid process_user() {
  HANDLE token = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == FALSE)
    throw std::runtime_error(last_windows_error("the process's token cannot be opened").message);
  const WindowsHandle owner(token);
  alignas(TOKEN_USER) std::byte space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = sizeof space;
  if (::GetTokenInformation(token, TokenUser, space, size, &size) == FALSE)
    throw std::runtime_error(last_windows_error("the process's user cannot be read").message);
  return Sid(reinterpret_cast<const TOKEN_USER*>(space)->User.Sid);
}

bool process_is_administrator() {
  const Sid administrators = Sid::well_known(WinBuiltinAdministratorsSid);
  BOOL member = FALSE;
  return ::CheckTokenMembership(nullptr, administrators.get(), &member) != FALSE && member != FALSE;
}

}  // namespace jitgate
