#include "platform/listener_options.hpp"

#include <winsock2.h>

#include "platform/windows/windows_error.hpp"

namespace jitgate {

Result<void> set_listener_options(std::uintptr_t socket, bool ipv6) {
  static_cast<void>(ipv6);
  const BOOL on = TRUE;
  const int failed = ::setsockopt(static_cast<SOCKET>(socket), SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                                  reinterpret_cast<const char*>(&on), sizeof on);
  if (failed == 0) return {};
  return windows_error(static_cast<std::uint32_t>(::WSAGetLastError()), "cannot make the port exclusive");
}

}  // namespace jitgate
