#include "cli/argument.hpp"

#include <algorithm>

#include "agent/model/address_prefix.hpp"
#include "cli/ssh_peer.hpp"

namespace jitgate::cli {

Outcome<std::string> iso_duration(const std::string& option, const std::string& text) {
  const Result<Duration> duration = parse_duration(text);
  if (!duration) return usage(option + ": " + duration.error().message);
  return to_iso_duration(*duration);
}

Outcome<std::string> source_address(Invocation& invocation, const std::string& text) {
  if (text == "me") {
    const Outcome<SshPeer> peer = ssh_peer(invocation.environment);
    if (!peer) return peer.error();
    invocation.notice("--source me is " + peer->address.to_string() + ", the peer of this SSH session");
    return peer->address.to_string();
  }
  const Result<AddressPrefix> prefix = AddressPrefix::parse(text);
  if (!prefix) return usage("--source: " + prefix.error().message);
  return prefix->to_string();
}

Outcome<std::string> grant_id(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  const bool relative = text == "." || text == "..";
  if (text.empty() || relative || !std::ranges::all_of(text, allowed)) return usage("not the id of a grant: " + text);
  return text;
}

}  // namespace jitgate::cli
