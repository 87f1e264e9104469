#include "agent/signature/wire_reader.hpp"

namespace jitgate::signature {

std::string_view WireReader::take(std::size_t count) {
  if (failed_ || count > left_.size()) {
    failed_ = true;
    return {};
  }
  const std::string_view taken = left_.substr(0, count);
  left_.remove_prefix(count);
  return taken;
}

std::uint64_t WireReader::number(std::size_t bytes) {
  std::uint64_t value = 0;
  for (const char byte : take(bytes)) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

std::string_view WireReader::string() {
  const std::uint32_t length = u32();
  return take(length);
}

std::string_view WireReader::text() {
  const std::string_view bytes = string();
  if (bytes.find('\0') != std::string_view::npos) failed_ = true;
  return failed_ ? std::string_view{} : bytes;
}

std::string_view WireReader::mpint() {
  std::string_view bytes = string();
  const auto sign_bit = [](std::string_view number) { return (static_cast<std::uint8_t>(number.front()) & 0x80) != 0; };
  if (bytes.empty() || sign_bit(bytes)) {
    failed_ = true;
    return {};
  }
  if (bytes.front() == '\0') {
    bytes.remove_prefix(1);
    if (bytes.empty() || !sign_bit(bytes)) {
      failed_ = true;
      return {};
    }
  }
  return bytes;
}

void WireReader::expect(std::string_view bytes) {
  if (take(bytes.size()) != bytes) failed_ = true;
}

}  // namespace jitgate::signature
