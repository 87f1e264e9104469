#include "platform/peer_identity.hpp"

#include <windows.h>

#include <algorithm>
#include <exception>
#include <limits>

#include "platform/windows/account.hpp"
#include "platform/windows/pipe_client.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

/// Ends the impersonation with the scope. What runs on must never do so as somebody else.
class Impersonation {
 public:
  explicit Impersonation(HANDLE pipe) : begun_(::ImpersonateNamedPipeClient(pipe) != FALSE) {}
  Impersonation(const Impersonation&) = delete;
  Impersonation& operator=(const Impersonation&) = delete;
  ~Impersonation() {
    if (begun_ && ::RevertToSelf() == FALSE) std::terminate();
  }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  bool begun_;
};

/// Clients need to allow no more than SECURITY_IDENTIFICATION.
Result<WindowsHandle> client_token(HANDLE pipe) {
  const Impersonation client(pipe);
  if (!client.begun()) return last_windows_error("who is at the other end of the pipe is not known");
  HANDLE token = nullptr;
  if (::OpenThreadToken(::GetCurrentThread(), TOKEN_QUERY, TRUE, &token) == FALSE)
    return last_windows_error("who is at the other end of the pipe cannot be read");
  return WindowsHandle(token);
}

Result<Sid> user_of(HANDLE token) {
  alignas(TOKEN_USER) std::byte space[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD size = 0;
  if (::GetTokenInformation(token, TokenUser, space, sizeof space, &size) == FALSE)
    return last_windows_error("the user of a pipe's client cannot be read");
  return Sid(reinterpret_cast<const TOKEN_USER*>(space)->User.Sid);
}

/// A group that the token has for denying only, as that of an administrator who is not elevated, does not count.
bool is_member(HANDLE token, const Sid& group) {
  BOOL member = FALSE;
  return ::CheckTokenMembership(token, group.get(), &member) != FALSE && member != FALSE;
}

/// FNV-1a. Two accounts that got the same number would only be kept from approving each other's requests.
std::uint32_t number_of(const std::string& sid) {
  std::uint32_t hash = 2166136261u;
  for (const char byte : sid) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619u;
  return std::max(hash, 1u);
}

bool can_be_anybody(HANDLE token, const Sid& user) {
  return user.is(WinLocalSystemSid) || is_member(token, Sid::well_known(WinBuiltinAdministratorsSid));
}

bool equal_names(const std::string& left, std::string_view right) {
  const std::wstring first = wide_text(left);
  const std::wstring second = wide_text(right);
  return ::CompareStringOrdinal(first.c_str(), -1, second.c_str(), -1, TRUE) == CSTR_EQUAL;
}

}  // namespace

bool is_user(const PeerIdentity& peer, std::string_view name) {
  return equal_names(peer.user, name) || (!peer.sid.empty() && peer.sid == name);
}

Result<PeerIdentity> identify_pipe_client(LocalHandle connection, const std::vector<std::string>& groups,
                                          AccountNames& names) {
  const auto pipe = reinterpret_cast<HANDLE>(connection);
  const auto token = client_token(pipe);
  if (!token) return token.error();
  const auto user = user_of(token->get());
  if (!user) return user.error();
  ULONG pid = 0;
  ::GetNamedPipeClientProcessId(pipe, &pid);
  PeerIdentity peer{names.name_of(*user), 0, pid, {}, user->text()};
  if (!can_be_anybody(token->get(), *user)) peer.uid = number_of(peer.sid);
  for (const std::string& name : groups) {
    const auto group = names.find(name);
    if (group && is_member(token->get(), *group)) peer.groups.push_back(name);
  }
  return peer;
}

Result<PeerIdentity> identify_peer(LocalHandle connection, const std::vector<std::string>& groups) {
  AccountNames names;
  return identify_pipe_client(connection, groups, names);
}

}  // namespace jitgate
