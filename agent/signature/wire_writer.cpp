#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {

void append_u32(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
}

void append_string(std::string& bytes, std::string_view value) {
  append_u32(bytes, static_cast<std::uint32_t>(value.size()));
  bytes += value;
}

void append_mpint(std::string& bytes, std::string_view magnitude) {
  while (!magnitude.empty() && magnitude.front() == '\0') magnitude.remove_prefix(1);
  const bool needs_zero = !magnitude.empty() && (static_cast<std::uint8_t>(magnitude.front()) & 0x80) != 0;
  append_u32(bytes, static_cast<std::uint32_t>(magnitude.size() + (needs_zero ? 1 : 0)));
  if (needs_zero) bytes += '\0';
  bytes += magnitude;
}

}  // namespace jitgate::signature
