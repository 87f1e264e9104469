#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jitgate::signature {

// Appends the data types of SSH (RFC 4251, section 5).

void append_u32(std::string& bytes, std::uint32_t value);
/// At most 4 GiB: what is written here was read within much smaller limits.
void append_string(std::string& bytes, std::string_view value);
/// A positive number from its big-endian magnitude, in its shortest form.
void append_mpint(std::string& bytes, std::string_view magnitude);

}  // namespace jitgate::signature
