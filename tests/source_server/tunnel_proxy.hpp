#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "tests/source_server/server_loop.hpp"
#include "tests/source_server/server_stream.hpp"

namespace jitgate::testing_server {

/// A proxy on loopback that knows CONNECT, and leads every tunnel to one port of this machine. Thread-safe.
class TunnelProxy {
 public:
  /// With `refusal` (an answer) it leads nowhere.
  explicit TunnelProxy(std::uint16_t to_port, std::string refusal = {});
  ~TunnelProxy();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  net::awaitable<void> accept();
  net::awaitable<void> serve(std::shared_ptr<ServerStream> client);

  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::uint16_t to_port_;
  std::string refusal_;
  std::uint16_t port_ = 0;
  ServerLoop loop_;
  tcp::acceptor acceptor_;
};

}  // namespace jitgate::testing_server
