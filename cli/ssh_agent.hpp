#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/signature/make_signature.hpp"
#include "cli/outcome.hpp"

namespace jitgate::cli {

/// The ssh-agent(1) behind a Unix socket (SSH_AUTH_SOCK), or a named pipe on Windows.
class SshAgent {
 public:
  explicit SshAgent(std::string where) : where_(std::move(where)) {}

  /// Signs with the private half of `key` if the agent holds it, with or without its certificate; nullopt if it does
  /// not. Signing waits as long as the agent takes to ask its user.
  [[nodiscard]] Outcome<std::optional<signature::Signer>> find(const signature::SigningKey& key) const;

 private:
  std::string where_;
};

}  // namespace jitgate::cli
