#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/source_server/tool_process.hpp"

namespace jitgate::testing_server {

/// The real nginx on a port of loopback, with TLS, for as long as this lives. Its files are in a directory of the
/// test's.
class Nginx {
 public:
  [[nodiscard]] static bool is_installed() { return ToolProcess::is_installed("nginx"); }

  /// `directory` holds server.pem and server.key; `settings` go into the one `server` block.
  Nginx(const std::string& directory, const std::string& settings);

  /// "https://127.0.0.1:PORT" and the path.
  [[nodiscard]] std::string url(const std::string& path) const;

 private:
  std::uint16_t port_;
  std::optional<ToolProcess> process_;
};

}  // namespace jitgate::testing_server
