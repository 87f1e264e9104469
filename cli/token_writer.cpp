#include "cli/token_writer.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "agent/api/token_file.hpp"
#include "agent/model/utf8.hpp"
#include "cli/text_file.hpp"

namespace jitgate::cli {
namespace {

/// 256 random bits behind a word by which scanners for leaked secrets can know it.
Outcome<std::string> random_token() {
  Digest bits;
  if (::getrandom(bits.bytes.data(), bits.bytes.size(), 0) != static_cast<ssize_t>(bits.bytes.size()))
    return file_failure("random bits");
  return "jitgate_" + to_hex(bits);
}

Outcome<std::string> present_text(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::string{};
  Result<std::string> text = read_private_file(path);
  if (text) return std::move(*text);
  return errno == EACCES ? file_failure(path) : Failure{ExitCode::failed, describe(text.error())};
}

}  // namespace

Outcome<std::string> create_token(const std::string& path, const std::string& name, const std::string& role) {
  if (name.empty() || name.size() > 256 || !is_utf8(name) || has_control_characters(name) ||
      name.find_first_of("\"\\") != std::string::npos)
    return usage("the name must have 1 to 256 bytes without quotes, backslashes and control characters");
  const Outcome<DirectoryLock> directory = DirectoryLock::of(path);
  if (!directory) return directory.error();
  Outcome<std::string> text = present_text(path);
  if (!text) return text.error();
  const Outcome<std::string> token = random_token();
  if (!token) return token.error();
  if (!text->empty() && !text->ends_with('\n')) *text += '\n';
  *text += "- {name: \"" + name + "\", role: " + role + ", sha256: \"" + to_hex(sha256(*token)) + "\"}\n";
  // What the daemon would not take is not written: it would lock everybody out who has a token.
  if (const auto taken = parse_tokens(*text, path); !taken) return Failure{ExitCode::failed, describe(taken.error())};
  const Outcome<ExitCode> replaced = write_file(*directory, path, *text, 0600, Existing::replace);
  if (!replaced) return replaced.error();
  return token;
}

}  // namespace jitgate::cli
