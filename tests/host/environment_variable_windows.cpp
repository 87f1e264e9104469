#include <stdlib.h>

#include "tests/host/environment_variable.hpp"

namespace jitgate {

void set_environment_variable(const std::string& name, const std::string& value) {
  ::_putenv_s(name.c_str(), value.c_str());
}

}  // namespace jitgate
