#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// A connection to a program of this host: a Unix socket, or a named pipe on Windows. Its calls wait for the other
/// side.
class LocalChannel {
 public:
  virtual ~LocalChannel() = default;
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
  /// Exactly so many bytes; errc::system_failed where the other side ends before.
  [[nodiscard]] virtual Result<std::string> read(std::size_t size) = 0;
};

/// `where`: the socket's path, or the pipe's name ("\\\\.\\pipe\\name"), whose server learns who asks and can do
/// nothing in that name. errc::invalid_argument for a path that is too long for a socket, else errc::system_failed.
[[nodiscard]] Result<std::unique_ptr<LocalChannel>> open_local_channel(const std::string& where);

/// Where this system's own ssh-agent listens; nullopt: it says so in SSH_AUTH_SOCK, or does not run.
[[nodiscard]] std::optional<std::string> well_known_ssh_agent();

}  // namespace jitgate
