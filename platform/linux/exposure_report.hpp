#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/firewall_backend.hpp"
#include "platform/linux/foreign_chains.hpp"
#include "platform/linux/nft_reader.hpp"

namespace jitgate::nft {

/// One list out of what reading the rules found (`accepted`, without packets) and what the kernel counted: by port, and
/// by the chain that accepted. `chains_of(mark)` names the chains whose bits are cleared in a counted mark.
[[nodiscard]] std::vector<Exposure> merge_exposures(std::vector<Exposure> accepted,
                                                    const std::vector<Reader::Exposed>& exposed,
                                                    const std::vector<Reader::ExposedSource>& sources,
                                                    const std::function<std::string(std::uint32_t)>& chains_of);

/// All that is known now, sorted by port: counted by the kernel and, under `honor`, found by reading the rules.
[[nodiscard]] Result<std::vector<Exposure>> read_exposures(Reader& reader, ForeignChains& chains, MarkBits marks,
                                                           const Lock& lock);

}  // namespace jitgate::nft
