#include "platform/machine_identity.hpp"

#include <fstream>

#include "agent/model/digest.hpp"

namespace jitgate {
namespace {

/// Empty when the file cannot be read: product_uuid is for root alone, and absent on some machines.
std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

constexpr const char* kHostIdKey = "jitgate host id 1\n";
constexpr const char* kFingerprintKey = "jitgate machine fingerprint 1\n";

}  // namespace

Result<std::string> default_host_id() {
  const auto machine_id = first_line("/etc/machine-id");
  if (machine_id.empty() || machine_id == "uninitialized") {
    return error(errc::unavailable, "/etc/machine-id is empty or uninitialized: set host.id in the configuration",
                 "host.id");
  }
  return to_hex(sha256(kHostIdKey + machine_id)).substr(0, 32);
}

std::string machine_fingerprint() {
  return to_hex(
      sha256(kFingerprintKey + first_line("/etc/machine-id") + "\n" + first_line("/sys/class/dmi/id/product_uuid")));
}

}  // namespace jitgate
