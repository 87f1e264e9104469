#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// A small file of the state directory that the early lock needs, and its copy in a directory of the root file system
/// (the boot directory): what holds the state may be mounted after the network is there. The state's counts where both
/// can be read. A copy that cannot be made is logged, and no reason for anything else to fail.
class BootFile {
 public:
  /// No copy is made where `boot_directory` is empty or not there.
  BootFile(const std::string& state_directory, std::string boot_directory, const std::string& name);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Empty: none is made.
  [[nodiscard]] std::string copy_path() const { return boot_directory_.empty() ? "" : copy_; }
  /// On the medium when it returns.
  [[nodiscard]] Result<void> write(std::string_view content) const;
  /// For good. One that is not there is success.
  [[nodiscard]] Result<void> remove() const;
  /// Makes the copy what it ought to be, for changes that it has missed.
  void copy(std::string_view content) const;
  void remove_copy() const;

 private:
  [[nodiscard]] bool is_copied() const;

  std::string path_;
  std::string boot_directory_;
  std::string copy_;
};

}  // namespace jitgate
