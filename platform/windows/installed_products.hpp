#pragma once

#include <string>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

/// The versions of jitgate that the Windows Installer has on this host, by their product codes ("{...}", in capitals):
/// more than one while it upgrades (learn.microsoft.com, MsiEnumRelatedProducts). None where it was not installed by
/// the installer.
[[nodiscard]] Result<std::vector<std::string>> installed_products();

/// Whether another one than this is installed: then this one's removal is the end of an upgrade. In any case of
/// letters.
[[nodiscard]] Result<bool> is_superseded(const std::string& product);

}  // namespace jitgate
