#include "agent/signature/agent_message.hpp"

#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

constexpr std::uint8_t kFailure = 5;
constexpr std::uint8_t kRequestIdentities = 11;
constexpr std::uint8_t kIdentitiesAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignResponse = 14;
constexpr std::uint32_t kRsaSha512 = 4;

Error malformed() {
  return error(errc::invalid_argument, "ssh-agent gave an answer that cannot be read");
}

std::string framed(std::string_view body) {
  std::string message;
  append_string(message, body);
  return message;
}

}  // namespace

Result<std::uint32_t> agent_message_size(std::string_view header) {
  WireReader reader(header);
  const std::uint32_t size = reader.u32();
  if (!reader.done() || size == 0 || size > kMaxAgentMessage) return malformed();
  return size;
}

std::string ask_for_keys() {
  return framed(std::string(1, static_cast<char>(kRequestIdentities)));
}

Result<std::vector<std::string>> read_keys(std::string_view body) {
  WireReader reader(body);
  if (reader.u8() != kIdentitiesAnswer) return malformed();
  const std::uint32_t count = reader.u32();
  std::vector<std::string> blobs;
  for (std::uint32_t i = 0; reader.ok() && i < count; ++i) {
    blobs.emplace_back(reader.string());
    reader.string();  // comment
  }
  if (!reader.done()) return malformed();
  return blobs;
}

std::string ask_for_signature(std::string_view blob, KeyType type, std::string_view bytes) {
  std::string body(1, static_cast<char>(kSignRequest));
  append_string(body, blob);
  append_string(body, bytes);
  append_u32(body, type == KeyType::rsa ? kRsaSha512 : 0);
  return framed(body);
}

Result<std::string> read_signature(std::string_view body) {
  WireReader reader(body);
  const std::uint8_t kind = reader.u8();
  if (kind == kFailure && reader.done()) return error(errc::refused, "ssh-agent refused to sign");
  const std::string_view signature = reader.string();
  if (kind != kSignResponse || !reader.done()) return malformed();
  return std::string(signature);
}

}  // namespace jitgate::signature
