#pragma once

#include <string>

#include "agent/signature/make_signature.hpp"
#include "cli/environment.hpp"
#include "cli/outcome.hpp"

namespace jitgate::cli {

/// What `--key PATH` signs with. PATH is a private key in OpenSSH's format, or a public key or certificate (.pub) whose
/// private half ssh-agent (SSH_AUTH_SOCK) holds, or lies in the file of the same name without `.pub` or `-cert.pub`.
/// ssh-agent also signs for private key files that cannot sign alone: those with a passphrase, and security keys.
[[nodiscard]] Outcome<signature::Signer> find_signer(const std::string& path, const Environment& environment);

}  // namespace jitgate::cli
