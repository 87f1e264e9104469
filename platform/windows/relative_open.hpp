#pragma once

#include <cstdint>
#include <string_view>

#include "agent/model/result.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

enum class OpenedFor : std::uint8_t {
  reading,   ///< an entry: its content and who may change it; a link is opened itself
  watching,  ///< the directory itself, with an empty name, for overlapped use
  listing,   ///< the same, for its names
};

/// Opens `name` in an open directory (learn.microsoft.com, NtOpenFile), sharing it with everybody. A name with a
/// separator or a colon in it (a stream of the file) is errc::not_found, as is what is about to be deleted;
/// errc::conflict: somebody has it open and does not share it; errc::unavailable: the system is short of something.
[[nodiscard]] Result<WindowsHandle> open_in(HANDLE directory, std::string_view name, OpenedFor use);

}  // namespace jitgate
