#include "agent/daemon/configuration_file.hpp"

namespace jitgate {

Result<std::string> read_configuration_file(const std::string& path) {
  return read_config(path);
}

}  // namespace jitgate
