#include "cli/argument.hpp"

#include <algorithm>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
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

Outcome<boost::json::object> port_object(const std::string& text) {
  const std::size_t slash = text.find('/');
  const Result<PortNumber> number = PortNumber::parse(std::string_view(text).substr(0, slash));
  if (!number) return usage("--port " + text + ": " + number.error().message);
  boost::json::object port{{"number", number->value()}};
  if (slash == std::string::npos) return port;
  const Result<Protocol> protocol = parse_protocol(std::string_view(text).substr(slash + 1));
  if (!protocol) return usage("--port " + text + ": " + protocol.error().message);
  port["protocol"] = to_string(*protocol);
  return port;
}

}  // namespace jitgate::cli
