#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "platform/replace_file.hpp"
#include "platform/whole_file.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

struct FilePlacement {
  FileReaders readers;
  Existing existing = Existing::replace;
  Durability durability = Durability::complete;
};

/// Puts a file with this content at `path`, as a whole or not at all. PATH.new is used on the way: only one at a time
/// does this to a path, by lock_file() or because it is its own. With Durability::complete the content is flushed
/// before the file is put there (FlushFileBuffers), and the name when it returns (MOVEFILE_WRITE_THROUGH). Fails where
/// somebody has the old file open without sharing it.
[[nodiscard]] Result<void> put_file(const std::string& path, std::string_view content, const FilePlacement& placement);

/// PATH.lock, made where there is none and left there, locked for as long as the handle is held; waits for who holds
/// it.
[[nodiscard]] Result<WindowsHandle> lock_file(const std::string& path);

}  // namespace jitgate
