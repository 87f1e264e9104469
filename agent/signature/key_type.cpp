#include "agent/signature/key_type.hpp"

#include <algorithm>
#include <array>

namespace jitgate::signature {
namespace {

constexpr std::array kTypes{
    KeyTraits{KeyType::ed25519, "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", KeyFamily::ed25519, false},
    KeyTraits{KeyType::ecdsa_p256, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyFamily::ecdsa,
              false, "nistp256", "P-256", "SHA256", 32},
    KeyTraits{KeyType::ecdsa_p384, "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", KeyFamily::ecdsa,
              false, "nistp384", "P-384", "SHA384", 48},
    KeyTraits{KeyType::ecdsa_p521, "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", KeyFamily::ecdsa,
              false, "nistp521", "P-521", "SHA512", 66},
    KeyTraits{KeyType::rsa, "ssh-rsa", "ssh-rsa-cert-v01@openssh.com", KeyFamily::rsa, false},
    KeyTraits{KeyType::sk_ed25519, "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com",
              KeyFamily::ed25519, true},
    KeyTraits{KeyType::sk_ecdsa_p256, "sk-ecdsa-sha2-nistp256@openssh.com",
              "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", KeyFamily::ecdsa, true, "nistp256", "P-256", "SHA256", 32},
};

const KeyTraits* found(decltype(kTypes)::const_iterator at) {
  return at == kTypes.end() ? nullptr : &*at;
}

}  // namespace

const KeyTraits& traits(KeyType type) {
  return *std::ranges::find(kTypes, type, &KeyTraits::type);
}

const KeyTraits* find_key_type(std::string_view name) {
  return found(std::ranges::find(kTypes, name, &KeyTraits::name));
}

const KeyTraits* find_certificate_type(std::string_view name) {
  return found(std::ranges::find(kTypes, name, &KeyTraits::certificate));
}

}  // namespace jitgate::signature
