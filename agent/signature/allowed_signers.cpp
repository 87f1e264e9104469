#include "agent/signature/allowed_signers.hpp"

#include "agent/model/utf8.hpp"
#include "agent/signature/pattern_list.hpp"
#include "agent/signature/signer_options.hpp"
#include "agent/signature/signer_time.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kBlanks = " \t\r";
/// Enough to mend a file by; one that is no allowed_signers file at all has thousands.
constexpr std::size_t kMostProblems = 32;

void skip_blanks(std::string_view& text) {
  const std::size_t next = text.find_first_not_of(kBlanks);
  text.remove_prefix(next == std::string_view::npos ? text.size() : next);
}

/// Up to a blank; a quote, wherever it stands, goes on up to the next one (OpenSSH's strdelimw()).
Result<std::string> take_principals(std::string_view& text) {
  const std::size_t stop = text.find_first_of(" \t\r\"");
  std::string field(text.substr(0, stop));
  if (stop != std::string_view::npos && text[stop] == '"') {
    const std::size_t end = text.find('"', stop + 1);
    if (end == std::string_view::npos) return error(errc::invalid_argument, "quotes are not closed");
    field += text.substr(stop + 1, end - stop - 1);
    text.remove_prefix(end + 1);
  } else {
    text.remove_prefix(field.size());
  }
  skip_blanks(text);
  if (field.empty()) return error(errc::invalid_argument, "no principals are named");
  if (text.empty()) return error(errc::invalid_argument, "the key is missing");
  return field;
}

/// The key, and before it the options, if any.
Result<SigningKey> read_key(std::string_view text, AllowedSigner& signer) {
  auto key = parse_key_text(text);
  const std::string_view first = text.substr(0, text.find_first_of(" \t"));
  if (key || find_key_type(first) != nullptr) return key;
  const auto length = options_length(text);
  if (!length) return length.error();
  const auto options = read_signer_options(text.substr(0, *length), signer);
  text.remove_prefix(*length);
  skip_blanks(text);
  if (text.empty()) return error(errc::invalid_argument, "the key is missing");
  auto after_options = parse_key_text(text);
  // What is neither options nor followed by a key was meant as a key.
  if (!options && !after_options) return key;
  if (!options) return options.error();
  return after_options;
}

Result<AllowedSigner> parse_line(std::string_view text, std::size_t line) {
  AllowedSigner signer;
  signer.line = line;
  auto principals = take_principals(text);
  if (!principals) return principals.error();
  signer.principals = std::move(*principals);
  while (text.ends_with('\r')) text.remove_suffix(1);
  auto key = read_key(text, signer);
  if (!key) return key.error();
  if (key->certificate) {
    return error(errc::invalid_argument,
                 "a certificate is no signer: name its key, or its authority with cert-authority");
  }
  signer.key = std::move(key->key);
  return signer;
}

std::string at(const AllowedSigners& allowed, std::size_t line) {
  return allowed.name + ":" + std::to_string(line);
}

bool speaks_of(const AllowedSigner& entry, const SigningKey& signer) {
  if (entry.cert_authority) return signer.certificate && signer.certificate->authority == entry.key;
  return !signer.certificate && signer.key == entry.key;
}

/// What a line that speaks of the key says.
Result<void> judge(const AllowedSigner& entry, const SigningKey& signer, std::string_view principal,
                   std::string_view name_space, Presence presence, WallTime now) {
  const auto refuse = [](std::string why) { return error(errc::refused, std::move(why)); };
  if (!matches_pattern_list(principal, entry.principals))
    return refuse("the key is not one of " + in_quotes(principal));
  if (entry.namespaces && !matches_pattern_list(name_space, *entry.namespaces))
    return refuse("the key may not sign in the namespace " + in_quotes(name_space));
  const std::uint64_t second = whole_seconds(now);
  if (entry.valid_after != 0 && second < entry.valid_after) return refuse("the key is not valid yet");
  if (entry.valid_before != 0 && second > entry.valid_before) return refuse("the key has expired");
  if (entry.cert_authority) return check_certificate(*signer.certificate, principal, presence, now);
  return {};
}

}  // namespace

Result<AllowedSigners> parse_allowed_signers(std::string_view text, std::string name) {
  AllowedSigners allowed{std::move(name), {}};
  if (text.size() > kMaxAllowedSigners) {
    return error(errc::invalid_argument, "is longer than " + std::to_string(kMaxAllowedSigners) + " bytes",
                 allowed.name);
  }
  Error problems = error(errc::invalid_argument, "cannot be used", allowed.name);
  for (std::size_t line = 1; !text.empty() && problems.details.size() < kMostProblems; ++line) {
    std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(content.size() + (content.size() < text.size() ? 1 : 0));
    skip_blanks(content);
    if (content.empty() || content.starts_with('#')) continue;
    auto signer = parse_line(content, line);
    if (signer) {
      allowed.signers.push_back(std::move(*signer));
    } else {
      problems.details.push_back(error(signer.error().code, signer.error().message, at(allowed, line)));
    }
  }
  if (!problems.details.empty()) return problems;
  return allowed;
}

Result<void> check_signer(const AllowedSigners& allowed, const SigningKey& signer, std::string_view principal,
                          std::string_view name_space, Presence presence, WallTime now) {
  Error refused = error(errc::refused, fingerprint(signer.key) + " may not sign as " + in_quotes(principal));
  for (const AllowedSigner& entry : allowed.signers) {
    if (!speaks_of(entry, signer)) continue;
    const auto verdict = judge(entry, signer, principal, name_space, presence, now);
    if (verdict) return {};
    refused.details.push_back(error(errc::refused, verdict.error().message, at(allowed, entry.line)));
  }
  if (refused.details.empty()) refused.message += ": " + allowed.name + " does not name it";
  return refused;
}

}  // namespace jitgate::signature
