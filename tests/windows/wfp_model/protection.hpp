#pragma once

#include <string>

#include "tests/windows/wfp_model/state.hpp"

namespace jitgate::wfp_model {

/// Owner, group and access list as Windows writes them in SDDL; empty for none.
[[nodiscard]] std::u16string written(PSECURITY_DESCRIPTOR descriptor);
/// The same of a text, so that both are written alike.
[[nodiscard]] std::u16string rewritten(const wchar_t* sddl);

}  // namespace jitgate::wfp_model
