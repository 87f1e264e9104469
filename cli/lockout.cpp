#include "cli/lockout.hpp"

#include <algorithm>

#include "cli/json_view.hpp"

namespace jitgate::cli {
namespace {

bool locks_ssh(const boost::json::value& policy, PortNumber port) {
  return std::ranges::any_of(list_at(policy, "ports"), [&](const boost::json::value& one) {
    const Result<Protocol> protocol = parse_protocol(text_at(one, "protocol"));
    return number_at(one, "number") == port.value() && protocol && contains(*protocol, Protocol::tcp);
  });
}

bool always_allowed(const boost::json::value& policy, const AddressPrefix& address) {
  return std::ranges::any_of(list_at(policy, "alwaysAllow"), [&](const boost::json::value& text) {
    if (!text.is_string()) return false;
    const Result<AddressPrefix> prefix = AddressPrefix::parse(text.get_string().c_str());
    return prefix && prefix->contains(address);
  });
}

}  // namespace

std::optional<std::string> lockout_warning(const SshPeer& peer, const boost::json::value& policy) {
  if (!locks_ssh(policy, peer.server_port) || always_allowed(policy, peer.address)) return std::nullopt;
  return "warning: this SSH session stays, but " + peer.address.to_string() +
         " is not in alwaysAllow: a new session to port " + std::to_string(peer.server_port.value()) + " needs a grant";
}

void warn_of_lockout(Invocation& invocation, const boost::json::value& policy) {
  const Outcome<SshPeer> peer = ssh_peer(invocation.environment);
  if (!peer) return;
  if (const std::optional<std::string> warning = lockout_warning(*peer, policy)) invocation.notice(*warning);
}

}  // namespace jitgate::cli
