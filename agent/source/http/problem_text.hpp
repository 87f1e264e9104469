#pragma once

#include <string>

namespace jitgate {

/// A message for the status and the log, some of which a server may have made up (a key, a path): one line of at most
/// about 500 bytes, with a question mark for each control character and malformed byte.
[[nodiscard]] std::string problem_text(std::string message);

}  // namespace jitgate
