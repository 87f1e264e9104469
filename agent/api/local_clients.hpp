#pragma once

#include <memory>
#include <string_view>

#include "agent/api/api_server.hpp"
#include "agent/api/connection.hpp"

namespace jitgate {

/// Who may use the local API, and as whom. Single-threaded.
class LocalClients {
 public:
  /// `agent` outlives the connections.
  LocalClients(Agent& agent, ApiOptions options);

  struct Admission {
    PeerIdentity peer;
    ConnectionLimits::Slot slot;
  };
  /// errc::too_many: it is to be sent kTooManyConnections and closed. With any other error it is closed.
  [[nodiscard]] Result<Admission> admit(LocalHandle client) const;
  /// The same of one that is identified.
  [[nodiscard]] Result<Admission> admit(Result<PeerIdentity> peer) const;

  [[nodiscard]] std::unique_ptr<Connection> connect(std::unique_ptr<ClientStream> stream, Admission admission) const;

  static constexpr std::string_view kTooManyConnections =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
      "Content-Length: 95\r\n\r\n"
      R"({"error":{"code":"TooMany","message":"too many connections are open","target":"","details":[]}})";

 private:
  Agent& agent_;
  ApiOptions options_;
  std::shared_ptr<ConnectionLimits> limits_;
};

}  // namespace jitgate
