#include "agent/signature/revoked_keys.hpp"

#include "agent/model/utf8.hpp"
#include "agent/signature/base64.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kBinaryList = std::string_view("SSHKRL\n\0", 8);  // PROTOCOL.krl
constexpr std::string_view kSha256 = "SHA256:";
constexpr std::size_t kMostProblems = 32;

/// Without its padding, which has one form for 32 bytes.
bool is_fingerprint(std::string_view word) {
  if (!word.starts_with(kSha256)) return false;
  const auto digest = decode_base64(std::string(word.substr(kSha256.size())) + "=");
  return digest && digest->size() == 32;
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(kBlanks));
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Result<std::string> parse_line(std::string_view line) {
  // `ssh-keygen -l` puts the number of bits before the fingerprint.
  std::string_view rest = line;
  if (const auto bits = first_word(line); bits.find_first_not_of("0123456789") == std::string_view::npos)
    rest = without_blanks(line.substr(bits.size()));
  if (const auto word = first_word(rest); is_fingerprint(word)) return std::string(word);
  const auto key = parse_key_text(line);
  if (key) return fingerprint(key->key);
  return error(errc::invalid_argument,
               "is neither a fingerprint SHA256:... nor a public key: " + in_quotes(first_word(line)));
}

}  // namespace

bool RevokedKeys::revokes(const SigningKey& signer) const {
  return contains(signer.key) || (signer.certificate && contains(signer.certificate->authority));
}

Result<RevokedKeys> parse_revoked_keys(std::string_view text, const std::string& name) {
  const auto wrong = [&name](std::string what) { return error(errc::invalid_argument, std::move(what), name); };
  if (text.size() > kMaxRevokedKeys) return wrong("is longer than " + std::to_string(kMaxRevokedKeys) + " bytes");
  if (text.starts_with(kBinaryList)) return wrong("is a binary revocation list: a list of fingerprints is read");
  RevokedKeys keys;
  Error problems = wrong("cannot be used");
  for (std::size_t line = 1; !text.empty() && problems.details.size() < kMostProblems; ++line) {
    const std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(content.size() + (content.size() < text.size() ? 1 : 0));
    const std::string_view entry = without_blanks(content);
    if (entry.empty() || entry.starts_with('#')) continue;
    auto revoked = parse_line(entry);
    if (revoked) {
      keys.add(std::move(*revoked));
    } else {
      problems.details.push_back(
          error(errc::invalid_argument, revoked.error().message, name + ":" + std::to_string(line)));
    }
  }
  if (!problems.details.empty()) return problems;
  return keys;
}

}  // namespace jitgate::signature
