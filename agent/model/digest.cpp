#include "agent/model/digest.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace jitgate {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char c) {
  const std::size_t value = kHexDigits.find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};
using Algorithm = std::unique_ptr<EVP_MD, FreeAlgorithm>;

/// Looked up once: EVP_sha256() is looked up anew with every use (EVP_MD_fetch(3)).
const EVP_MD* sha256_algorithm() {
  static const Algorithm algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return algorithm.get();
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  // Fails only without memory or without a default provider: the program cannot go on then.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, sha256_algorithm(), nullptr) != 1) {
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
