#include "platform/linux/directory_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "platform/linux/file_replacement.hpp"
#include "platform/linux/trusted_directory.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;

/// IN_CREATE is all that link(2) tells of a file that it puts here whole; of one that is created to be written,
/// IN_CLOSE_WRITE follows. IN_ATTRIB: a file, or the directory, may be trusted now, or not any more.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kOfDirectory = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

DirectoryChange change_of(const inotify_event& event, const char* name) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return {DirectoryChange::Kind::lost};
  if (event.len == 0 || (event.mask & kOfDirectory) != 0) return {DirectoryChange::Kind::directory};
  return {DirectoryChange::Kind::entry, std::string(name, ::strnlen(name, event.len))};
}

Result<FileHandle> watch(const TrustedDirectory& directory, const std::string& path) {
  FileHandle events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!events) return file_error("cannot be watched", path);
  // By descriptor: what is watched is what was opened, whatever stands at the path by now.
  const std::string opened = "/proc/self/fd/" + std::to_string(directory.descriptor());
  if (::inotify_add_watch(events.get(), opened.c_str(), kEvents) < 0) return file_error("cannot be watched", path);
  return events;
}

class InotifyDirectory final : public WatchedDirectory {
 public:
  InotifyDirectory(const asio::any_io_executor& executor, TrustedDirectory directory, FileHandle events,
                   OnDirectoryChange on_change)
      : directory_(std::move(directory)),
        watch_(std::make_shared<Watch>(executor, std::move(events), std::move(on_change))) {
    await_events(watch_);
  }
  ~InotifyDirectory() override {
    watch_->on_change = nullptr;
    boost::system::error_code ignored;
    watch_->events.close(ignored);
  }

  [[nodiscard]] Result<FileStamp> check() override { return directory_.check(); }
  void rewind() override { directory_.rewind(); }
  [[nodiscard]] Result<std::vector<std::string>> next_names(std::size_t most) override {
    return directory_.next_names(most);
  }
  [[nodiscard]] Result<std::string> read(const std::string& name, std::size_t limit) override {
    return directory_.read(name, limit);
  }

 private:
  /// Outlives the directory where what it tells makes its owner destroy it.
  struct Watch {
    Watch(const asio::any_io_executor& executor, FileHandle handle, OnDirectoryChange on)
        : events(executor, handle.release()), on_change(std::move(on)) {}
    asio::posix::stream_descriptor events;
    OnDirectoryChange on_change;  ///< empty: nobody listens any more
  };

  static void await_events(const std::shared_ptr<Watch>& watch) {
    watch->events.async_wait(asio::posix::descriptor_base::wait_read, [watch](boost::system::error_code failed) {
      if (failed || !watch->on_change) return;
      read_events(*watch);
      if (watch->on_change) await_events(watch);
    });
  }

  static void read_events(Watch& watch) {
    constexpr std::size_t kBuffer = 64 * 1024;
    alignas(inotify_event) std::array<char, kBuffer> buffer;
    const ssize_t got = ::read(watch.events.native_handle(), buffer.data(), buffer.size());
    if (got <= 0) return;  // EAGAIN; the next wait tells of anything else
    for (const DirectoryChange& change : parse_inotify({buffer.data(), static_cast<std::size_t>(got)})) {
      const OnDirectoryChange tell = watch.on_change;
      if (!tell) return;
      tell(change);
    }
  }

  TrustedDirectory directory_;
  std::shared_ptr<Watch> watch_;
};

}  // namespace

std::vector<DirectoryChange> parse_inotify(std::span<const char> buffer) {
  std::vector<DirectoryChange> changes;
  while (!buffer.empty()) {
    inotify_event event{};
    const bool whole = buffer.size() >= sizeof event;
    if (whole) std::memcpy(&event, buffer.data(), sizeof event);
    if (!whole || buffer.size() - sizeof event < event.len) {
      changes.push_back({DirectoryChange::Kind::lost});
      break;
    }
    changes.push_back(change_of(event, buffer.data() + sizeof event));
    buffer = buffer.subspan(sizeof event + event.len);
  }
  return changes;
}

Result<std::unique_ptr<WatchedDirectory>> watch_directory(asio::any_io_executor executor, const std::string& path,
                                                          OnDirectoryChange on_change) {
  auto directory = TrustedDirectory::open(path);
  if (!directory) return directory.error();
  auto events = watch(*directory, path);
  if (!events) return events.error();
  return std::make_unique<InotifyDirectory>(executor, std::move(*directory), std::move(*events), std::move(on_change));
}

}  // namespace jitgate
