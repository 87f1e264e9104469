#include "agent/api/local_clients.hpp"

#include <optional>
#include <utility>

#include "agent/api/dispatch.hpp"
#include "agent/api/roles.hpp"

namespace jitgate {

LocalClients::LocalClients(Agent& agent, ApiOptions options)
    : agent_(agent),
      options_(std::move(options)),
      limits_(std::make_shared<ConnectionLimits>(options_.limits.connections, options_.limits.connections_per_user)) {}

Result<LocalClients::Admission> LocalClients::admit(LocalHandle client) const {
  return admit(options_.identify(client, groups_with_roles(agent_.config().access)));
}

Result<LocalClients::Admission> LocalClients::admit(Result<PeerIdentity> peer) const {
  const AccessConfig& access = agent_.config().access;
  if (!peer) return peer.error();
  // One person can have thousands of uids (subuid(5)), none of which has a role.
  const bool has_role = !resolve_roles(*peer, access).empty();
  std::optional<ConnectionLimits::Slot> slot = ConnectionLimits::acquire(limits_, account_of(*peer), has_role);
  if (!slot) return error(errc::too_many, "too many connections are open");
  return Admission{std::move(*peer), std::move(*slot)};
}

std::unique_ptr<Connection> LocalClients::connect(std::unique_ptr<ClientStream> stream, Admission admission) const {
  // The roles are those of the access rules at each request.
  Authenticate identify = [&agent = agent_,
                           peer = std::move(admission.peer)](const HttpRequest&) -> HttpResult<Caller> {
    return make_caller(peer, agent.config().access);
  };
  return std::make_unique<Connection>(std::move(stream), dispatch_to(agent_, std::move(identify)),
                                      std::move(admission.slot), options_.limits);
}

}  // namespace jitgate
