#pragma once

#include <memory>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// Held for as long as this process may use a state directory. Ends with the object, or with the process however it
/// ends.
class InstanceLock {
 public:
  virtual ~InstanceLock() = default;
};

/// errc::conflict when another process has it: "another jitgated is running (pid 4242)", the pid where it is known.
/// Neither a full or read-only disk nor a damaged database stands in its way. errc::system_failed when the directory
/// cannot be opened.
[[nodiscard]] Result<std::unique_ptr<InstanceLock>> lock_instance(const std::string& directory);

}  // namespace jitgate
