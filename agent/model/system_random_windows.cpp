#include "agent/model/system_random.hpp"

namespace jitgate {

// rand_s() of the C library, which asks the system's generator; Microsoft's C++ library has no other, and no names.
std::random_device system_random() {
  return std::random_device("rand_s");
}

}  // namespace jitgate
