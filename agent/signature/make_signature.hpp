#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/ssh_signature.hpp"

namespace jitgate::signature {

/// A key and whatever can sign with it: a file, an agent.
struct Signer {
  SigningKey key;
  std::function<Result<std::string>(std::string_view bytes)> sign_raw;  ///< as verify_raw() checks it
};

/// The armored signature over `message` for jitgate's namespace, hashed with SHA-512 as ssh-keygen does. What was made
/// is checked before it is given out, so a signature that the hosts would refuse is refused here.
[[nodiscard]] Result<std::string> make_signature(const Signer& signer, std::string_view message);

}  // namespace jitgate::signature
