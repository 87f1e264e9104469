#pragma once

#include <functional>
#include <random>

#include "agent/model/system_random.hpp"

namespace jitgate {

/// From 0 (included) to 1 (excluded), differently on every host.
using Jitter = std::function<double()>;

/// Spreads hosts; nothing secret comes of it. Throws std::runtime_error where the operating system has no random bits.
[[nodiscard]] inline Jitter random_jitter() {
  return [engine = std::mt19937_64(system_random()())]() mutable {
    return std::uniform_real_distribution<double>()(engine);
  };
}

}  // namespace jitgate
