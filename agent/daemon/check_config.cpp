#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "agent/config/config.hpp"
#include "agent/daemon/kept_ports.hpp"
#include "agent/daemon/options.hpp"

namespace jitgate {
namespace {

/// Whoever checks a configuration over SSH should know that the next login from there will not work without a grant.
void warn_about_ssh_peer(const Policy& policy) {
  const char* variable = std::getenv("SSH_CONNECTION");  // "peer port local port", sshd sets it
  std::istringstream text(variable == nullptr ? "" : variable);
  std::string peer, peer_port, local, local_port;
  if (!(text >> peer >> peer_port >> local >> local_port)) return;
  const auto source = AddressPrefix::parse(peer);
  const auto port = PortNumber::parse(local_port);
  if (!source || !port || policy.find(*port, Protocol::tcp) == nullptr) return;
  const auto covers = [&](const AddressPrefix& prefix) { return prefix.contains(*source); };
  if (std::ranges::any_of(policy.always_allow, covers)) return;
  std::fprintf(stderr,
               "jitgated: warning: you are connected from %s to port %s, which this policy locks: this session stays, "
               "a new one needs a "
               "grant; add the address to policy.alwaysAllow to keep it out of the lock\n",
               peer.c_str(), local_port.c_str());
}

}  // namespace

int check_config(const std::string& path) {
  auto config = load_config(path);
  if (config) {
    const char* elsewhere[] = {"", ", set through the API", ", set by a source"};
    if (const auto known = add_kept_ports(*config); !known)
      std::fprintf(stderr, "jitgated: warning: which ports are locked cannot be read: %s\n",
                   describe(known.error()).c_str());
    warn_about_ssh_peer(config->policy);
    std::printf("%s: valid, %zu policy ports%s\n", path.c_str(), config->policy.ports.size(),
                elsewhere[static_cast<int>(config->policy_authority)]);
    return 0;
  }
  const auto& failure = config.error();
  if (failure.details.empty()) std::fprintf(stderr, "%s\n", describe(failure).c_str());
  for (const auto& detail : failure.details) std::fprintf(stderr, "%s\n", describe(detail).c_str());
  return 1;
}

}  // namespace jitgate
