#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>

#include "agent/daemon/host.hpp"
#include "platform/host_defaults.hpp"
#include "platform/linux/file_handle.hpp"
#include "platform/linux/journal_socket.hpp"
#include "platform/linux/table_release.hpp"
#include "platform/system_clock.hpp"

namespace jitgate {

std::unique_ptr<Clock> make_host_clock() {
  return make_system_clock();
}

std::unique_ptr<Journal> make_host_journal() {
  return make_journal_socket();
}

Result<void> may_release() {
  if (::geteuid() == 0) return {};
  return error(errc::not_permitted, "--release is for root");
}

Result<void> release_locks() {
  return release_table();
}

bool is_listening(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  const FileHandle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// $RUNTIME_DIRECTORY is systemd's (systemd.exec(5)).
std::string runtime_directory() {
  const char* directory = std::getenv("RUNTIME_DIRECTORY");
  return directory != nullptr && directory[0] == '/' ? directory : host_defaults().runtime_directory;
}

}  // namespace jitgate
