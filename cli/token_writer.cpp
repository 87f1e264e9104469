#include "cli/token_writer.hpp"

#include <openssl/rand.h>

#include "agent/api/token_file.hpp"
#include "agent/model/utf8.hpp"
#include "platform/secret_file.hpp"

namespace jitgate::cli {
namespace {

/// 256 random bits behind a word by which scanners for leaked secrets can know it.
Outcome<std::string> random_token() {
  Digest bits;
  if (::RAND_bytes(reinterpret_cast<unsigned char*>(bits.bytes.data()), static_cast<int>(bits.bytes.size())) != 1)
    return Failure{ExitCode::failed, "there are no random bits"};
  return "jitgate_" + to_hex(bits);
}

}  // namespace

Outcome<std::string> create_token(const std::string& path, const std::string& name, const std::string& role) {
  if (name.empty() || name.size() > 256 || !is_utf8(name) || has_control_characters(name) ||
      name.find_first_of("\"\\") != std::string::npos)
    return usage("the name must have 1 to 256 bytes without quotes, backslashes and control characters");
  const Outcome<std::string> token = random_token();
  if (!token) return token.error();
  const auto add_entry = [&](std::string text) -> Result<std::string> {
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += "- {name: \"" + name + "\", role: " + role + ", sha256: \"" + to_hex(sha256(*token)) + "\"}\n";
    // What the daemon would not take is not written: it would lock everybody out who has a token.
    if (text.size() > kMaxTokensFile) return error(errc::too_many, "would become larger than 256 KiB", path);
    if (const auto taken = parse_tokens(text, path); !taken) return taken.error();
    return text;
  };
  if (const auto updated = update_secret_file(path, kMaxTokensFile, add_entry); !updated) {
    const bool may_not = updated.error().code == errc::not_permitted;
    return Failure{may_not ? ExitCode::not_permitted : ExitCode::failed, describe(updated.error())};
  }
  return token;
}

}  // namespace jitgate::cli
