#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

/// What became known of a directory.
struct DirectoryChange {
  enum class Kind {
    entry,      ///< `name` was written, put there, taken away, or has other attributes
    directory,  ///< the directory itself: check() tells
    lost,       ///< more has happened than was kept: look at everything
  };
  Kind kind = Kind::entry;
  std::string name{};
  friend bool operator==(const DirectoryChange&, const DirectoryChange&) = default;
};

/// An open directory that only root and this process's user can change, and what happens in it. What is asked of it is
/// asked of the directory that was opened, whatever its path leads to later. Used on the event loop's thread.
class WatchedDirectory {
 public:
  virtual ~WatchedDirectory() = default;

  /// Its path still leads to it, and nobody else may change it. The stamp is another one when entries have come, gone
  /// or been renamed since: also where that is not told, as on network file systems (inotify(7)).
  [[nodiscard]] virtual Result<FileStamp> check() = 0;
  /// Starts over with next_names().
  virtual void rewind() = 0;
  /// Names of entries, `most` or a few more; none are left when it is empty. What comes or goes meanwhile may be among
  /// them or not.
  [[nodiscard]] virtual Result<std::vector<std::string>> next_names(std::size_t most) = 0;
  /// The content of a regular file (no link is followed, no pipe or device waited for) of at most `limit` bytes that
  /// only root and this process's user can change. errc::not_found where there is none; errc::conflict while it is
  /// being changed; errc::unavailable where this process or the system is short of something; otherwise the message
  /// says what is wrong with it, and holds nothing of it. Targets are empty.
  [[nodiscard]] virtual Result<std::string> read(const std::string& name, std::size_t limit) = 0;
};

using OnDirectoryChange = std::function<void(const DirectoryChange&)>;

/// Changes that happen after it returns are told, on the executor, until the directory is destroyed.
[[nodiscard]] Result<std::unique_ptr<WatchedDirectory>> watch_directory(boost::asio::any_io_executor executor,
                                                                        const std::string& path,
                                                                        OnDirectoryChange on_change);

}  // namespace jitgate
