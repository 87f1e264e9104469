#pragma once

#include "tests/windows/wfp_model/state.hpp"

namespace jitgate::wfp_model {

/// Copies for the caller, each in one block that FwpmFreeMemory0 frees.
[[nodiscard]] FWPM_FILTER0* hand_out(const Filter& filter);
[[nodiscard]] FWPM_SUBLAYER0* hand_out(const Sublayer& sublayer);
[[nodiscard]] FWPM_FILTER0** hand_out(const std::vector<Filter>& filters);

}  // namespace jitgate::wfp_model
