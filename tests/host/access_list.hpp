#pragma once

#include <string>

namespace jitgate {

inline constexpr const wchar_t* kOursAlone = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)";
inline constexpr const wchar_t* kEverybodyReads = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;WD)";
inline constexpr const wchar_t* kEverybodyWrites = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FRFW;;;WD)";

/// Gives a file or directory the access list of this SDDL text, and nothing of its parent's. Throws std::runtime_error.
void set_access(const std::string& path, const wchar_t* sddl);

}  // namespace jitgate
