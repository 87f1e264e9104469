#include "cli/ssh_peer.hpp"

#include <sstream>

namespace jitgate::cli {

Outcome<SshPeer> ssh_peer(const Environment& environment) {
  const std::optional<std::string> connection = environment.variable("SSH_CONNECTION");
  if (!connection) {
    return Failure{ExitCode::failed,
                   "\"me\" is not known here: SSH_CONNECTION is not set (sudo drops it); name the address"};
  }
  std::istringstream fields(*connection);
  std::string client, client_port, server, server_port, rest;
  fields >> client >> client_port >> server >> server_port;
  const Result<AddressPrefix> address = AddressPrefix::parse(client);
  const Result<PortNumber> port = PortNumber::parse(server_port);
  if (!fields || fields >> rest || !address || !address->is_host() || !port) {
    return Failure{ExitCode::failed,
                   "\"me\" is not known here: SSH_CONNECTION is not \"address port address port\"; name the address"};
  }
  return SshPeer{*address, *port};
}

}  // namespace jitgate::cli
