#include "agent/model/digest.hpp"

// The EVP interface, which OpenSSL recommends since 3.0, loads its configuration and all of a provider for this one
// function: 1.7 MB and milliseconds of every start, and twice the time for each document.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <stdexcept>

namespace jitgate {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char c) {
  const std::size_t value = kHexDigits.find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  SHA256_CTX context;
  if (SHA256_Init(&context) != 1 || SHA256_Update(&context, bytes.data(), bytes.size()) != 1 ||
      SHA256_Final(digest.bytes.data(), &context) != 1) {
    throw std::runtime_error("libcrypto cannot compute SHA-256");
  }
  return digest;
}

std::string to_hex(const Digest& digest) {
  std::string text;
  text.reserve(2 * digest.bytes.size());
  for (const std::uint8_t byte : digest.bytes) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 0xf];
  }
  return text;
}

Result<Digest> parse_digest(std::string_view hex) {
  Digest digest;
  const auto wrong = [] {
    return error(errc::invalid_argument, "a SHA-256 digest is 64 lower-case hexadecimal digits");
  };
  if (hex.size() != 2 * digest.bytes.size()) return wrong();
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return wrong();
    digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

}  // namespace jitgate
