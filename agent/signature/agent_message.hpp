#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.hpp"
#include "agent/signature/public_key.hpp"

namespace jitgate::signature {

// Messages of the protocol of ssh-agent(1) (draft-miller-ssh-agent), each behind its length in four bytes.

/// Largest message that is taken, without the length; as in OpenSSH.
inline constexpr std::uint32_t kMaxAgentMessage = 256 * 1024;
inline constexpr std::size_t kAgentHeader = 4;

/// How many bytes follow the header; errc::invalid_argument for none, or too many.
[[nodiscard]] Result<std::uint32_t> agent_message_size(std::string_view header);

[[nodiscard]] std::string ask_for_keys();
/// The blobs of the keys that an agent holds, of whatever type; `body` is its answer without the header.
[[nodiscard]] Result<std::vector<std::string>> read_keys(std::string_view body);

/// Asks for a signature by the key with this blob; RSA with rsa-sha2-512.
[[nodiscard]] std::string ask_for_signature(std::string_view blob, KeyType type, std::string_view bytes);
/// The signature as verify_raw() takes it.
[[nodiscard]] Result<std::string> read_signature(std::string_view body);

}  // namespace jitgate::signature
