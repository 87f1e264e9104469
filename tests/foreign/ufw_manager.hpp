#pragma once

#include <memory>

#include "tests/foreign/manager.hpp"

namespace jitgate::netns {

/// ufw as Debian and Ubuntu configure it, with its files below /etc in a mount namespace of the test's own.
std::unique_ptr<Manager> make_ufw(const Host& host, const Admission& admission);

}  // namespace jitgate::netns
