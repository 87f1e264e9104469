#include <stdlib.h>

#include "tests/host/environment_variable.hpp"

namespace jitgate {

void set_environment_variable(const std::string& name, const std::string& value) {
  if (value.empty()) {
    ::unsetenv(name.c_str());
  } else {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
}

}  // namespace jitgate
