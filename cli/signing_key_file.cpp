#include "cli/signing_key_file.hpp"

#include <filesystem>
#include <memory>

#include "agent/signature/private_key.hpp"
#include "cli/ssh_agent.hpp"
#include "cli/text_file.hpp"
#include "platform/local_channel.hpp"

namespace jitgate::cli {
namespace {

using signature::PrivateKeyFile;
using signature::Signer;
using signature::SigningKey;

Failure failed(const std::string& path, const std::string& why) {
  return Failure{ExitCode::failed, path + ": " + why};
}

Signer signer_of(SigningKey key, PrivateKeyFile file) {
  // std::function wants what can be copied.
  auto held = std::make_shared<PrivateKeyFile>(std::move(file));
  return {std::move(key), [held](std::string_view bytes) { return sign_raw(held->key, *held->secret, bytes); }};
}

/// nullopt: there is no agent, or it does not hold the key.
Outcome<std::optional<Signer>> ask_agent(const SigningKey& key, const Environment& environment) {
  auto where = environment.variable("SSH_AUTH_SOCK");
  if (!where || where->empty()) where = well_known_ssh_agent();
  if (!where) return std::optional<Signer>();
  return SshAgent(*where).find(key);
}

bool is_private_key(const std::string& text) {
  return text.starts_with("-----BEGIN ");
}

Outcome<Signer> from_private_key(const std::string& path, const std::string& text, const Environment& environment) {
  auto file = signature::parse_private_key(text);
  if (!file)
    return failed(path, describe(file.error()) + " (only OpenSSH's format is read; ssh-keygen -p -f KEY converts)");
  SigningKey key{file->key, std::nullopt};
  if (file->secret) return signer_of(std::move(key), std::move(*file));
  auto agent = ask_agent(key, environment);
  if (!agent) return agent.error();
  if (*agent) return std::move(**agent);
  return failed(path, "the key " + file->withheld + ": add it to ssh-agent (ssh-add), which then signs");
}

/// "KEY" for "KEY.pub" and "KEY-cert.pub"; empty where the name is none of these.
std::string private_name(std::string path) {
  if (!path.ends_with(".pub")) return {};
  path.resize(path.size() - std::string_view(".pub").size());
  if (path.ends_with("-cert")) path.resize(path.size() - std::string_view("-cert").size());
  return path;
}

Outcome<Signer> from_public_key(const std::string& path, std::string_view text, const Environment& environment) {
  const auto key = signature::parse_key_text(text.substr(0, text.find_first_of("\r\n")));
  if (!key) return failed(path, describe(key.error()));
  auto agent = ask_agent(*key, environment);
  if (agent && *agent) return std::move(**agent);
  const std::string beside = private_name(path);
  std::error_code code;
  if (!beside.empty() && std::filesystem::exists(beside, code)) {
    const auto content = read_file(beside);
    if (!content) return content.error();
    auto file = signature::parse_private_key(*content);
    if (file && file->secret && file->key == key->key) return signer_of(*key, std::move(*file));
  }
  if (!agent) return agent.error();
  return failed(path, "neither ssh-agent (SSH_AUTH_SOCK) nor a file beside it has the private half of this key");
}

}  // namespace

Outcome<Signer> find_signer(const std::string& path, const Environment& environment) {
  const auto text = read_file(path);
  if (!text) return text.error();
  if (is_private_key(*text)) return from_private_key(path, *text, environment);
  return from_public_key(path, *text, environment);
}

}  // namespace jitgate::cli
