#pragma once

#include "tests/windows/wfp_model/model.hpp"
#include "tests/windows/wfp_model/state.hpp"

namespace jitgate::wfp_model {

/// What the engine would say to this filter as it stands alone: 0, or a code. Otherwise `kept` is what it keeps.
[[nodiscard]] std::uint32_t read_filter(const FWPM_FILTER0& given, Filter& kept);

/// Whether what it refers to is there and lives as long.
[[nodiscard]] std::uint32_t check_references(const State& state, const Filter& filter, bool dynamic_session);

/// The first terminating filter of each sublayer, by their weights; then between sublayers. The filter that decided
/// is `by` (0: none did).
[[nodiscard]] bool permits(const State& state, const Arrival& arrival, std::uint64_t& by);

}  // namespace jitgate::wfp_model
