#include "platform/machine_identity.hpp"

#include <windows.h>

#include "agent/model/digest.hpp"
#include "platform/windows/registry.hpp"
#include "platform/windows/smbios.hpp"

namespace jitgate {
namespace {

constexpr const char* kHostIdKey = "jitgate host id 1\n";
constexpr const char* kFingerprintKey = "jitgate machine fingerprint 1\n";

/// Made when Windows is installed, and anew by sysprep /generalize.
std::string machine_guid() {
  return registry_text(R"(SOFTWARE\Microsoft\Cryptography)", "MachineGuid").value_or("");
}

}  // namespace

Result<std::string> default_host_id() {
  const std::string guid = machine_guid();
  if (guid.empty())
    return error(errc::unavailable, "the registry holds no MachineGuid: set host.id in the configuration", "host.id");
  return to_hex(sha256(kHostIdKey + guid)).substr(0, 32);
}

std::string machine_fingerprint() {
  return to_hex(sha256(kFingerprintKey + machine_guid() + "\n" + hardware_uuid(firmware_table())));
}

}  // namespace jitgate
