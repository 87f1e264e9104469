#pragma once

#include <cstdint>

#include "platform/linux/nft_batch.hpp"
#include "platform/linux/nft_reader.hpp"

namespace jitgate::nft {

/// What a transaction's failure means for table inet jitgate: when it is another process's, that process is named.
/// `own_port_id`: of the socket that the transaction went through.
[[nodiscard]] Error explain(const BatchFailure& failure, Reader& reader, std::uint32_t own_port_id);

}  // namespace jitgate::nft
