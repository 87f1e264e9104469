#pragma once

#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/secret_file.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

/// The reading half of a WatchedDirectory, whose functions these are. Entries are opened relative to the open directory
/// (NtOpenFile with a RootDirectory), so that nobody can lead the path elsewhere meanwhile.
class TrustedDirectory {
 public:
  [[nodiscard]] static Result<TrustedDirectory> open(const std::string& path);

  /// Another handle to it, for overlapped use.
  [[nodiscard]] Result<WindowsHandle> open_for_watching() const;
  [[nodiscard]] Result<FileStamp> check() const;
  void rewind() { names_ = WindowsHandle(); }
  [[nodiscard]] Result<std::vector<std::string>> next_names(std::size_t most);
  [[nodiscard]] Result<std::string> read(const std::string& name, std::size_t limit) const;

 private:
  TrustedDirectory(std::string path, WindowsHandle directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  WindowsHandle directory_;
  WindowsHandle names_;  ///< how far they have been listed
};

}  // namespace jitgate
