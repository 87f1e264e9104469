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

/// FNV-1a. Two accounts that got the same number would only be kept from approving each other's requests.
std::uint32_t number_of(const std::string& sid) {
  std::uint32_t hash = 2166136261u;
  for (const char byte : sid) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619u;
  return std::max(hash, 1u);
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

Result<PipeClientToken> PipeClientToken::of(LocalHandle connection) {
  const auto pipe = reinterpret_cast<HANDLE>(connection);
  auto token = client_token(pipe);
  if (!token) return token.error();
  const auto user = user_of(token->get());
  if (!user) return user.error();
  ULONG process = 0;
  ::GetNamedPipeClientProcessId(pipe, &process);
  return PipeClientToken(std::move(*token), *user, process);
}

bool PipeClientToken::is_member(const Sid& group) const {
  BOOL member = FALSE;
  return ::CheckTokenMembership(token_.get(), group.get(), &member) != FALSE && member != FALSE;
}

PeerIdentity PipeClientToken::identity(std::string name, const std::vector<std::pair<std::string, Sid>>& groups) const {
  PeerIdentity peer{std::move(name), 0, process_, {}, user_.text()};
  const bool can_be_anybody = user_.is(WinLocalSystemSid) || is_member(Sid::well_known(WinBuiltinAdministratorsSid));
  if (!can_be_anybody) peer.uid = number_of(peer.sid);
  for (const auto& [called, group] : groups)
    if (is_member(group)) peer.groups.push_back(called);
  return peer;
}

Result<PeerIdentity> identify_peer(LocalHandle connection, const std::vector<std::string>& groups) {
  const auto client = PipeClientToken::of(connection);
  if (!client) return client.error();
  std::vector<std::pair<std::string, Sid>> found;
  for (const std::string& name : groups)
    if (auto group = Sid::of(name)) found.emplace_back(name, std::move(*group));
  return client->identity(client->user().name(), found);
}

}  // namespace jitgate
