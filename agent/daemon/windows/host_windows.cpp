#include <windows.h>

#include "agent/daemon/host.hpp"
#include "platform/host_defaults.hpp"
#include "platform/state_directory.hpp"
#include "platform/system_clock.hpp"
#include "platform/windows/account.hpp"
#include "platform/windows/event_log.hpp"
#include "platform/windows/named_pipe.hpp"
#include "platform/windows/wfp_release.hpp"

namespace jitgate {

std::unique_ptr<Clock> make_host_clock() {
  return make_system_clock();
}

std::unique_ptr<Journal> make_host_journal() {
  return make_event_log_journal();
}

/// The administrator of a host is whoever runs elevated: the token of others has the group for denying only.
Result<void> may_release() {
  BOOL member = FALSE;
  const Sid administrators = Sid::well_known(WinBuiltinAdministratorsSid);
  if (::CheckTokenMembership(nullptr, administrators.get(), &member) != FALSE && member != FALSE) return {};
  return error(errc::not_permitted, "--release is for administrators: start it elevated");
}

Result<void> release_locks() {
  return release_filters();
}

bool is_listening(const std::string& address) {
  return is_pipe_served(address);
}

/// Windows empties no directory at a boot: what is in it names the boot that it is of. It is made here, so that what
/// writes into it need not know that only administrators may; where it cannot be made, neither can what it is for.
std::string runtime_directory() {
  const std::string& directory = host_defaults().runtime_directory;
  static_cast<void>(make_state_directory(directory));
  return directory;
}

}  // namespace jitgate
