#include <time.h>

#include <cstdlib>

#include "tests/host/environment_variable.hpp"
#include "tests/host/local_zone.hpp"

namespace jitgate {

LocalZone::LocalZone(const std::string& zone) {
  if (const char* before = std::getenv("TZ")) before_ = before;
  set_environment_variable("TZ", zone);
  ::_tzset();
}

LocalZone::~LocalZone() {
  set_environment_variable("TZ", before_);
  ::_tzset();
}

}  // namespace jitgate
