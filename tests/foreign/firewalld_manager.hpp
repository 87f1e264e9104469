#pragma once

#include <memory>

#include "tests/foreign/manager.hpp"

namespace jitgate::netns {

/// The real firewalld with the nftables backend, its configuration in a directory and its D-Bus on a socket of its own.
std::unique_ptr<Manager> make_firewalld(const Host& host, const Admission& admission);

}  // namespace jitgate::netns
