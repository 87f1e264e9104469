#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/digest.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

/// One port of a request; every source in it becomes an opening of its own.
struct PortRequest {
  PortNumber number;
  std::optional<Protocol> protocol;  ///< nullopt: the policy's
  std::vector<AddressPrefix> sources;
  std::variant<Duration, WallTime> until;  ///< how long from now, or the end itself
};

/// What tells a repeated call from a new one (x-ms-client-request-id).
struct ClientRequest {
  std::string id;
  Digest body;  ///< of what was asked for under this id
};

/// Somebody asks for access. Granted as a whole or refused as a whole.
struct AccessRequest {
  std::vector<PortRequest> ports;
  std::string justification;
  std::optional<ClientRequest> client_request{};
};

}  // namespace jitgate
