#include "agent/model/system_random.hpp"

namespace jitgate {

std::random_device system_random() {
  return std::random_device("getentropy");
}

}  // namespace jitgate
