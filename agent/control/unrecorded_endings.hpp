#pragma once

#include <set>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// The ids of grants that were revoked while the store could not be written, in a file beside the socket, where there
/// is no disk that can be full: after a restart the store still has them as live, and they must not open again. It
/// does not outlive a reboot.
class UnrecordedEndings {
 public:
  explicit UnrecordedEndings(std::string runtime_directory);

  [[nodiscard]] bool empty() const { return ids_.empty(); }
  [[nodiscard]] bool contains(const std::string& id) const { return ids_.contains(id); }
  /// An error: it holds for now, but not over a restart.
  [[nodiscard]] Result<void> add(const std::string& id);
  /// Forgets those that are not in `live`: their end is recorded.
  void keep_only(const std::set<std::string>& live);

 private:
  [[nodiscard]] Result<void> write() const;

  std::string path_;
  std::set<std::string> ids_;
};

}  // namespace jitgate
