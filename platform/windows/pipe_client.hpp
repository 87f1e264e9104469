#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/peer_identity.hpp"
#include "platform/windows/account.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

/// Who is at the other end of a pipe, as the system itself knows: without a name, for which a domain may have to be
/// asked (learn.microsoft.com, ImpersonateNamedPipeClient). Outlives the connection.
class PipeClientToken {
 public:
  /// Something has to have been read from the pipe before.
  [[nodiscard]] static Result<PipeClientToken> of(LocalHandle pipe);

  [[nodiscard]] const Sid& user() const { return user_; }
  /// A group that the token has for denying only, as that of an administrator who is not elevated, does not count.
  [[nodiscard]] bool is_member(const Sid& group) const;
  /// Of these, each with what it is called, the client's are its groups.
  [[nodiscard]] PeerIdentity identity(std::string name, const std::vector<std::pair<std::string, Sid>>& groups) const;

 private:
  PipeClientToken(WindowsHandle token, Sid user, unsigned long process)
      : token_(std::move(token)), user_(std::move(user)), process_(process) {}

  WindowsHandle token_;
  Sid user_;
  unsigned long process_;
};

}  // namespace jitgate
