#include "platform/host_defaults.hpp"

namespace jitgate {

const HostDefaults& host_defaults() {
  static const HostDefaults defaults{.configuration = "/etc/jitgate/jitgate.yaml",
                                     .state_directory = "/var/lib/jitgate",
                                     .runtime_directory = "/run/jitgate",
                                     .tokens = "/etc/jitgate/tokens.yaml",
                                     .allowed_signers = "/etc/jitgate/allowed_signers",
                                     .firewall = "nftables",
                                     .api_address = "/run/jitgate/agent.sock",
                                     .absolute_path = "a path that begins with /",
                                     .readers = {{}, {"adm"}},
                                     .requesters = {{}, {"sudo"}},
                                     .administrators = {{"root"}, {}},
                                     .approvers = {{}, {"sudo"}}};
  return defaults;
}

}  // namespace jitgate
