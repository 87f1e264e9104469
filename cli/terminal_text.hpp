#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jitgate::cli {

/// Text for a terminal: control characters and malformed UTF-8 become \xNN, so that nothing that a requestor wrote
/// moves the cursor, renames the window or hides a line.
[[nodiscard]] std::string printable(std::string_view text);

/// As above, for text of several lines: line feeds and the carriage returns before them stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// Left-aligned columns under a heading, two spaces apart, no trailing spaces. Cells are made printable; a missing cell
/// is empty.
[[nodiscard]] std::string table(const std::vector<std::string>& heading,
                                const std::vector<std::vector<std::string>>& rows);

}  // namespace jitgate::cli
