#include "platform/management_port.hpp"

namespace jitgate {

PortNumber management_port() {
  return PortNumber::from(22).value();  // SSH
}

}  // namespace jitgate
