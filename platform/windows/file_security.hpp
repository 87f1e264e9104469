#pragma once

#include <windows.h>

#include <cstdint>
#include <string>

#include "agent/model/result.hpp"
#include "platform/replace_file.hpp"
#include "platform/windows/security_descriptor.hpp"

namespace jitgate {

/// Who is trusted with a file or a directory: the system, administrators, and the user of this process. Whether anybody
/// else can do something with it is read from its access list (learn.microsoft.com, "How AccessCheck Works"), entry by
/// entry: what denies is not counted, so that the order of the entries does not matter.

/// What nobody else may do.
enum class Forbidden : std::uint8_t {
  change,  ///< write, delete, take over; with a directory: put something into it, or take something out
  access,  ///< read, or any of this
};

/// errc::system_failed where the owner is not trusted, or the access list lets others do what is forbidden; the message
/// holds the command that mends it. `object`: a file or a directory, opened with READ_CONTROL. `path`: the target of
/// the error, and the command's.
[[nodiscard]] Result<void> check_security(HANDLE object, Forbidden forbidden, const std::string& path);

/// errc::system_failed where the owner is not trusted: whatever the access list says, he may change it.
[[nodiscard]] Result<void> check_owner(HANDLE object, const std::string& path);

/// Owner-only access for a file (FileReaders::owner), or that and reading for everybody, and nothing that a directory
/// hands down. The owner is whoever makes the file.
class FileSecurity {
 public:
  /// Throws std::runtime_error where the process's own user cannot be asked for.
  explicit FileSecurity(FileReaders readers);
  /// For CreateFileW. Lives as long as this object.
  [[nodiscard]] SECURITY_ATTRIBUTES* attributes() { return &attributes_; }
  /// Gives it to a file that is there, opened with WRITE_DAC.
  [[nodiscard]] Result<void> apply(HANDLE file, const std::string& path) const;

 private:
  SecurityDescriptor descriptor_;
  SECURITY_ATTRIBUTES attributes_;
};

}  // namespace jitgate
