#pragma once

namespace jitgate {

/// The event for which lingerer.exe waits before its process ends. Where there is none, it ends at once.
inline constexpr const wchar_t* kLetGo = L"Global\\jitgate_test_let_go";

}  // namespace jitgate
