#pragma once

#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/allowed_signers.hpp"

namespace jitgate::signature {

/// The options field of an allowed_signers line, into `signer`. Names in any case, values in double quotes in which
/// `\"` stands for a quote; an unknown option, or one given twice, is an error.
[[nodiscard]] Result<void> read_signer_options(std::string_view options, AllowedSigner& signer);

/// How much of `text` is the options field: up to a blank outside of quotes. Quotes that are not closed are an error.
[[nodiscard]] Result<std::size_t> options_length(std::string_view text);

}  // namespace jitgate::signature
