// The protocol is a datagram of fields: libsystemd is not needed for it, as it is not for sd_notify.
#include "platform/linux/journal_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxEntry = 64 * 1024;  // larger ones would have to travel as a file

class JournalSocket final : public Journal {
 public:
  explicit JournalSocket(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sun_family = AF_UNIX;
    if (path.size() >= sizeof address_.sun_path) return;
    std::memcpy(address_.sun_path, path.data(), path.size());
    length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  }

  Result<void> send(const JournalFields& fields) override {
    const std::string entry = journal_entry(fields);
    if (length_ == 0 || !socket_) return error(errc::not_found, "the journal has no address");
    if (entry.size() > kMaxEntry) return error(errc::invalid_argument, "too large for the journal");
    // By address each time, not connected: a journal that was started anew is another socket at the same place.
    const auto sent = ::sendto(socket_.get(), entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address_), length_);
    if (sent >= 0) return {};
    const bool absent = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR || errno == EACCES;
    return error(absent ? errc::not_found : errc::unavailable,
                 std::string("the journal takes nothing: ") + std::strerror(errno));
  }

 private:
  FileHandle socket_;
  sockaddr_un address_{};
  socklen_t length_ = 0;  ///< of the address; 0: there is none
};

}  // namespace

std::string journal_entry(const JournalFields& fields) {
  std::string entry;
  for (const auto& [name, value] : fields) {
    entry.append(name);
    if (value.find('\n') == std::string::npos) {
      entry.append("=").append(value).append("\n");
      continue;
    }
    entry.push_back('\n');
    for (unsigned shift = 0; shift < 64; shift += 8)
      entry.push_back(static_cast<char>((std::uint64_t{value.size()} >> shift) & 0xff));
    entry.append(value).append("\n");
  }
  return entry;
}

std::unique_ptr<Journal> make_journal_socket(std::string path) {
  return std::make_unique<JournalSocket>(path);
}

}  // namespace jitgate
