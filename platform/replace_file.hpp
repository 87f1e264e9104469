#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

enum class FileReaders : std::uint8_t { owner, everybody };  ///< modes 0600 and 0644, whatever the umask
enum class Durability : std::uint8_t {
  none,      ///< after a power cut the old content may be there, or neither
  complete,  ///< on the medium when the call returns; blocks for as long as that takes
};

/// Puts a file in the place of what is at `path`, or of nothing: whoever opens the path finds the old content or the
/// new one, whole. PATH.new is used on the way; what is there already is removed. Fails with
/// errc::not_permitted where this process may not write there, else errc::system_failed.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content, FileReaders readers,
                                        Durability durability);

}  // namespace jitgate
